import { readFile } from 'node:fs/promises';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ministack, startMinistack } from '../emulator/ministack.ts';
import { clientSettings, deploy, remove, STACK } from './deploy.ts';

/**
 * What somebody with docs/deployer-policy.json may do. The emulator asks IAM about each call of the command itself; what
 * CloudFormation does for it is not asked about, and is held against its resource types by test/docs/iam.test.ts.
 */

let ministack: Ministack;
let iam: IAMClient;

beforeAll(async () => {
  ministack = await startMinistack({ auth: true });
  iam = new IAMClient(clientSettings(ministack));
});

afterAll(async () => {
  iam?.destroy();
  await ministack?.stop();
});

/** The emulator as somebody sees it who has the policy, without some of its statements. */
async function deployer(name: string, without: string[] = []): Promise<Ministack> {
  const page = await readFile('docs/deployer-policy.json', 'utf8');
  const { Version, Statement } = JSON.parse(page.replaceAll('spillway-prod', STACK)) as {
    Version: string;
    Statement: { Sid: string }[];
  };
  const PolicyDocument = JSON.stringify({
    Version,
    Statement: Statement.filter(({ Sid }) => !without.includes(Sid)),
  });
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'deploy', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  const environment = {
    ...ministack.environment,
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
  };
  return { ...ministack, environment };
}

/** Actions that IAM decided so about somebody. */
async function decided(name: string, decision: 'Allow' | 'Deny'): Promise<string[]> {
  const lines = (await readFile(ministack.decisionsFile, 'utf8')).trimEnd().split('\n');
  const facts = lines.map((line) => JSON.parse(line) as Record<'principal' | 'action' | 'decision', string>);
  const theirs = facts.filter((fact) => fact.principal.endsWith(`/${name}`) && fact.decision === decision);
  return [...new Set(theirs.map(({ action }) => action))];
}

test('without the statement about uploads a deployment is refused', async () => {
  await expect(deploy(await deployer('refused', ['Uploads']))).rejects.toThrow(/serverless deploy failed/);
  expect(await decided('refused', 'Deny')).toContain('s3:PutObject');
});

test('the policy is enough to deploy, to deploy again and to remove', async () => {
  const somebody = await deployer('deployer');
  await deploy(somebody);
  await deploy(somebody, 'test/e2e/routes-changed.yml');
  await remove(somebody, 'test/e2e/routes-changed.yml');
  expect(await decided('deployer', 'Allow')).toContain('cloudformation:DeleteStack');
  // serverless looks whether there are container images to remove, and takes a refusal for none.
  expect(await decided('deployer', 'Deny')).toEqual(['ecr:DescribeRepositories']);
});
