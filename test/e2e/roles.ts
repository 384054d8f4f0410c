import { readFile } from 'node:fs/promises';
import { GetRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { STACK } from './deploy.ts';
import type { World } from './world.ts';

export const FUNCTIONS = [
  'ingest',
  'command',
  'status',
  'reconcile',
  'api',
  'check-file-extensions',
  'process-csv',
  'collect-results',
] as const;

export type FunctionKey = (typeof FUNCTIONS)[number];

/** What IAM said to a request of a function's role. */
export interface Decision {
  principal: string;
  action: string;
  resource: string;
  decision: 'Allow' | 'Deny';
}

interface Policy {
  Version: string;
  Statement: { Action: string[] }[];
}

const POLICY = 'needs';

export async function roleOf(world: World, key: FunctionKey): Promise<string> {
  const { Role = '' } = await world.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: `${STACK}-${key}` }),
  );
  return Role.slice(Role.lastIndexOf('/') + 1);
}

/** The decisions about a function's role so far. */
export async function decisions(world: World, key: FunctionKey): Promise<Decision[]> {
  const role = await roleOf(world, key);
  const text = await readFile(world.ministack.decisionsFile, 'utf8').catch(() => '');
  const all: Decision[] = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return all.filter(({ principal }) => principal.includes(`:assumed-role/${role}/`));
}

export async function granted(world: World, key: FunctionKey): Promise<string[]> {
  const policy = await policyOf(world, await roleOf(world, key));
  return [...new Set(policy.Statement.flatMap(({ Action }) => Action))].sort();
}

/**
 * Takes one action out of a function's role. Returns how to give it back.
 * @throws when the role does not have it: nothing would be shown
 */
export async function takeAway(world: World, key: FunctionKey, action: string): Promise<() => Promise<void>> {
  const RoleName = await roleOf(world, key);
  const policy = await policyOf(world, RoleName);
  const Statement = policy.Statement.map((statement) => ({
    ...statement,
    Action: statement.Action.filter((name) => name !== action),
  })).filter(({ Action }) => Action.length > 0);
  if (JSON.stringify(Statement) === JSON.stringify(policy.Statement)) {
    throw new Error(`The role of ${key} does not grant ${action}.`);
  }
  const put = async (document: Policy) => {
    const PolicyDocument = JSON.stringify(document);
    await world.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY, PolicyDocument }));
  };
  await put({ ...policy, Statement });
  return () => put(policy);
}

async function policyOf(world: World, RoleName: string): Promise<Policy> {
  const { PolicyDocument = '' } = await world.iam.send(
    new GetRolePolicyCommand({ RoleName, PolicyName: POLICY }),
  );
  return JSON.parse(decodeURIComponent(PolicyDocument));
}
