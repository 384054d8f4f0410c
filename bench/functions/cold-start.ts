import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A stack's variables, with names that lead nowhere: opening a home asks nobody. */
const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  SPILLWAY_STAGE: 'bench',
  SPILLWAY_TABLE: 'spillway-bench',
  SPILLWAY_COMMANDS_QUEUE_URL: 'http://127.0.0.1:9/commands',
  SPILLWAY_COMMANDS_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:111122223333:commands',
  SPILLWAY_COMMANDS_DLQ_ARN: 'arn:aws:sqs:eu-central-1:111122223333:commands-dlq',
  SPILLWAY_SCHEDULE_GROUP: 'spillway-bench',
  SPILLWAY_SCHEDULER_ROLE_ARN: 'arn:aws:iam::111122223333:role/scheduler',
  SPILLWAY_MANIFEST_BUCKET: 'manifests',
  SPILLWAY_EVENT_BUS: 'default',
  SPILLWAY_BUCKETS: '{"landing":"bench-landing","curated":"bench-curated"}',
  SPILLWAY_PIPELINES:
    '{"process-files":"arn:aws:states:eu-central-1:111122223333:stateMachine:process-files"}',
  SPILLWAY_LOG_KEYS: 'true',
};

/** Functions that take an empty batch of messages, and so show how long it takes until the home is open. */
const TAKES_NOTHING = new Set(['ingest', 'command']);

export interface ColdStart {
  /** From the first line of a fresh process to the bundle being loaded (ms). */
  importMs: number;
  /** Until an empty batch of messages is answered, the home open (ms); null where there is no such event. */
  openMs: number | null;
  /** Processor time of all of it (ms): what a busy machine blurs least. */
  cpuMs: number;
}

/** Loads a bundle in a fresh Node process, as Lambda does at a cold start. */
export async function coldStart(key: string, folder: string, nodeFlags: string[] = []): Promise<ColdStart> {
  const file = join(folder, 'handlers', `${key}.mjs`);
  const script = `
    const began = performance.now();
    const used = process.cpuUsage();
    const { handler } = await import(${JSON.stringify(file)});
    const importMs = performance.now() - began;
    const takes = ${TAKES_NOTHING.has(key)};
    if (takes) await handler({ Records: [] }, { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 });
    const openMs = takes ? performance.now() - began : null;
    const { user, system } = process.cpuUsage(used);
    console.log('\\n' + JSON.stringify({ importMs, openMs, cpuMs: (user + system) / 1e3 }));
    process.exit(0);`;
  const { stdout } = await run(process.execPath, [...nodeFlags, '--input-type=module', '--eval', script], {
    cwd: folder,
    env: { ...ENVIRONMENT, LAMBDA_TASK_ROOT: folder, PATH: process.env.PATH ?? '' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ColdStart;
}
