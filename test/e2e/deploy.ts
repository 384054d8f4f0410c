import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type Ministack, REGION } from '../emulator/ministack.ts';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '../..');
export const STAGE = 'e2e';
export const STACK = `spillway-${STAGE}`;

/** For every SDK client of these tests. */
export function clientSettings({ endpoint }: Ministack) {
  return { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** The routes that are deployed, from the root. */
export type RoutesFile =
  | `test/e2e/routes${'' | '-changed' | '-moved' | '-removed'}.yml`
  | 'bench/lateness/routes.yml';

/** The stack's outputs by name. */
export type Outputs = Record<string, string>;

/**
 * The command a user types, with the stage of these tests.
 * @throws what it printed, when it fails
 */
export async function deploy(
  ministack: Ministack,
  routes: RoutesFile = 'test/e2e/routes.yml',
): Promise<Outputs> {
  await serverless(ministack, 'deploy', routes);
  return outputsOf(ministack);
}

/** As deploy, with parameters. @returns what the command printed */
export async function redeploy(
  ministack: Ministack,
  routes: RoutesFile,
  parameters: Record<string, string> = {},
): Promise<string> {
  return serverless(ministack, 'deploy', routes, parameters);
}

/** @returns what the command printed */
export async function remove(
  ministack: Ministack,
  routes: RoutesFile,
  parameters: Record<string, string> = {},
): Promise<string> {
  return serverless(ministack, 'remove', routes, parameters);
}

async function serverless(
  ministack: Ministack,
  command: 'deploy' | 'remove',
  routes: RoutesFile,
  more: Record<string, string> = {},
): Promise<string> {
  // Short timeouts, so that the queues, which hide a message six times as long, give back early what was killed.
  const parameters = { routes, architecture: architecture(), timeout: 5, window: 1, ...more };
  const args = ['--no-install', 'serverless', command, '--stage', STAGE];
  for (const [name, value] of Object.entries(parameters)) args.push(`--param=${name}=${value}`);
  const env = { ...process.env, ...ministack.environment, NO_COLOR: '1' };
  try {
    const { stdout, stderr } = await run('npx', args, { cwd: ROOT, env, maxBuffer: 64 << 20 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`serverless ${command} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Functions run on this machine's processor. */
function architecture(): string {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64';
}

async function outputsOf(ministack: Ministack): Promise<Outputs> {
  const client = new CloudFormationClient(clientSettings(ministack));
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: STACK }));
  client.destroy();
  return Object.fromEntries(
    (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}
