import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { JavaMissingError, startDynamodbLocal } from '../emulator/dynamodb-local.ts';
import { startMinistack } from '../emulator/ministack.ts';
import { emulatorPython, PythonMissingError } from '../emulator/python.ts';

/**
 * `npm run e2e [-- words of file names]`: the drivers' contracts on emulated AWS services, then the stack itself,
 * deployed to an emulator. With words, only the end-to-end files that contain one of them.
 */
const ROOT = join(import.meta.dirname, '../..');
const TABLE_TESTS = ['test/log/dynamodb.test.ts', 'test/projections', 'test/flushes'];

const wanted = process.argv.slice(2);
let failed = false;

try {
  await emulatorPython();
  if (wanted.length === 0) {
    await contractsOnMinistack();
    await tableOnDynamodbLocal();
  }
  await vitest('The deployed stack', ['--config', 'test/e2e/vitest.config.ts', ...wanted], {});
} catch (error) {
  if (!(error instanceof PythonMissingError)) throw error;
  console.log(`Skipped the end-to-end tests: ${error.message}`);
}
process.exitCode = failed ? 1 : 0;

async function contractsOnMinistack(): Promise<void> {
  const ministack = await startMinistack();
  try {
    await vitest('Contracts on the emulator', ['test/aws', ...TABLE_TESTS], {
      ...ministack.environment,
      SPILLWAY_AWS_ENDPOINT: ministack.endpoint,
      SPILLWAY_DYNAMODB_ENDPOINT: ministack.endpoint,
    });
  } finally {
    await ministack.stop();
  }
}

async function tableOnDynamodbLocal(): Promise<void> {
  try {
    const { endpoint, stop } = await startDynamodbLocal();
    try {
      await vitest('Contracts on DynamoDB Local', TABLE_TESTS, { SPILLWAY_DYNAMODB_ENDPOINT: endpoint });
    } finally {
      await stop();
    }
  } catch (error) {
    if (!(error instanceof JavaMissingError)) throw error;
    console.log(`Skipped DynamoDB Local: ${error.message}`);
  }
}

async function vitest(title: string, args: string[], environment: Record<string, string>): Promise<void> {
  console.log(`\n== ${title}`);
  const child = spawn('npx', ['vitest', 'run', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  failed ||= code !== 0;
}
