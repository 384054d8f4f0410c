import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import { openFaultProxy, type Target } from '../aws/fault-proxy.ts';
import { writePackagedRoutes } from './packaged-routes.ts';

const run = promisify(execFile);
const PROCESS = join(import.meta.dirname, 'one-invocation.ts');

const ROUTES = `
buckets: { landing: {} }
routes:
  sales: { bucket: landing, prefix: "in/{part}/", batch: { count: 5, window: 10m }, pipeline: works }
`;

/**
 * Functions as Lambda runs them, each invocation in a process that only its own work keeps alive, with faults between
 * them and AWS: a real table; the other services take everything.
 */
export async function openFunctions() {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-function-'));
  await writePackagedRoutes(folder, ROUTES, ['works']);
  const table = await openEmbeddedTable();
  const { protocol, hostname, port = '' } = (await table.client.config.endpoint?.()) ?? {};
  const dynalite = `${protocol}//${hostname}:${port}`;
  const sent: string[] = [];
  const proxy = await openFaultProxy((call, body) => targetOf(call, body, dynalite, sent));
  return {
    proxy,
    /** Bodies of the messages that were sent. */
    sent,
    table,
    async invoke(name: 'ingest' | 'command', records: SQSRecord[], more: Record<string, string> = {}) {
      const env = { PATH: process.env.PATH, ...environmentOf(folder, table.table, proxy.endpoint), ...more };
      const file = join(folder, 'event.json');
      await writeFile(file, JSON.stringify({ Records: records }));
      const { stdout, stderr } = await run(process.execPath, [PROCESS], {
        env: { ...env, INVOCATION_FILE: file, INVOCATION_OF: name },
        maxBuffer: 64 << 20,
      });
      const lines = stdout.trim().split('\n');
      const { answer }: { answer: SQSBatchResponse } = JSON.parse(lines.pop() ?? '');
      return {
        failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
        /** All it printed. */
        printed: [...lines, ...stderr.trim().split('\n')].filter((line) => line !== ''),
      };
    },
    async close() {
      await proxy.close();
      await table.close();
      await rm(folder, { recursive: true });
    },
  };
}

function targetOf(call: string, body: string, dynalite: string, sent: string[]): Target {
  switch (call) {
    case 'SendMessageBatch': {
      const { Entries: entries } = JSON.parse(body);
      const Successful = entries.map(({ Id, MessageBody: text }: { Id: string; MessageBody: string }) => {
        sent.push(text);
        return { Id, MessageId: 'm', MD5OfMessageBody: createHash('md5').update(text).digest('hex') };
      });
      return { status: 200, body: { Successful, Failed: [] } };
    }
    case 'StartExecution': {
      const { stateMachineArn, name } = JSON.parse(body);
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      return { status: 200, body: { executionArn, startDate: Date.now() / 1000 } };
    }
    case 'PutEvents':
      return { status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] } };
    default:
      return dynalite;
  }
}

function environmentOf(folder: string, table: string, endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    POWERTOOLS_SERVICE_NAME: 'spillway',
    POWERTOOLS_METRICS_NAMESPACE: 'Spillway',
    SPILLWAY_STAGE: 'test',
    SPILLWAY_TABLE: table,
    SPILLWAY_COMMANDS_QUEUE_URL: `${endpoint}/111122223333/commands`,
    SPILLWAY_COMMANDS_QUEUE_ARN: 'arn:aws:sqs:eu-central-1:111122223333:commands',
    SPILLWAY_COMMANDS_DLQ_ARN: 'arn:aws:sqs:eu-central-1:111122223333:commands-dlq',
    SPILLWAY_SCHEDULE_GROUP: 'spillway-test',
    SPILLWAY_SCHEDULER_ROLE_ARN: 'arn:aws:iam::111122223333:role/scheduler',
    SPILLWAY_MANIFEST_BUCKET: 'manifests',
    SPILLWAY_EVENT_BUS: 'default',
    SPILLWAY_BUCKETS: '{"landing":"landing"}',
    SPILLWAY_PIPELINES: '{"works":"arn:aws:states:eu-central-1:111122223333:stateMachine:works"}',
    SPILLWAY_LOG_KEYS: 'false',
    LAMBDA_TASK_ROOT: folder,
  };
}
