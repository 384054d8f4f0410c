import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type StackResource, type StackResources, stackResources } from '../src/doctor/resources.ts';
import { dynamoLog } from '../src/log/dynamodb.ts';
import type { Log } from '../src/log/log.ts';
import { dynamoProjections } from '../src/projections/dynamodb.ts';
import type { Projections } from '../src/projections/projections.ts';
import { awsError, stackNameOf } from '../src/stage/errors.ts';
import { openWindowsOutside } from '../src/stage/removal.ts';
import { TableRefusedError } from '../src/table/errors.ts';
import { useAccountOf } from './deploy.ts';
import { deployedStack } from './deployed.ts';
import { type LeftBehind, leftBehind } from './left-behind.ts';
import type { Home } from './osls.ts';
import { waitingIn } from './retired-queues.ts';
import type { Stack } from './stack.ts';
import { type Held, refuseLoss } from './still-held.ts';
import { running } from './still-used.ts';

/**
 * Refuses to remove a stage that holds what would be lost, unless it was said to abandon that. Nothing has been changed.
 * @returns what the removal will leave; null where there is no stack, which osls says itself
 * @throws StageNotEmptyError, and what AWS refuses, in our words
 */
export async function prepareRemoval(
  home: Home,
  { stage }: Pick<Stack, 'stage'>,
): Promise<LeftBehind[] | null> {
  useAccountOf(home);
  const deployed = await deployedStack(stage);
  if (deployed === null) return null;
  const resources = await resourcesOf(home, stage);
  const left = leftBehind(deployed, resources);
  if (home.serverless.service.custom.abandon) return left;
  // Queues first: what leaves them meanwhile is found in the windows.
  const waiting = await heldByQueues(resources('AWS::SQS::Queue'));
  const table = deployed.outputs.TableName ?? resources('AWS::DynamoDB::Table')[0]?.id;
  refuseLoss(stage, { ...waiting, ...(await heldByTable(table)) });
  return left;
}

async function resourcesOf({ serverless }: Home, stage: string): Promise<StackResources> {
  const region = serverless.getProvider('aws').getRegion();
  const stack = stackNameOf(stage);
  try {
    const all = await stackResources({ stack, region });
    return (type) => all(type).filter(({ status }) => status !== 'DELETE_COMPLETE');
  } catch (error) {
    throw awsError(`the resources of stack ${stack} (cloudformation:ListStackResources)`, error);
  }
}

const LETTERS = { IngestDlq: 'ingest', CommandsDlq: 'commands', StatusDlq: 'status' } as const;

async function heldByQueues(resources: readonly StackResource[]): Promise<Pick<Held, 'queues' | 'letters'>> {
  const client = new SQSClient({});
  const queues: Held['queues'][number][] = [];
  const letters: Held['letters'][number][] = [];
  try {
    for (const { logical, id } of resources) {
      const name = id.split('/').at(-1) ?? id;
      // Delayed commands are deadlines: without an open window they mean nothing.
      const delayed = logical !== 'CommandsQueue';
      const messages = await staying(() => waitingIn(client, name, { delayed }));
      if (messages === 0) continue;
      if (/^IngestQueue/.test(logical)) queues.push({ name, of: 'events', messages });
      else if (logical === 'CommandsQueue') queues.push({ name, of: 'commands', messages });
      else if (isLetters(logical)) letters.push({ queue: LETTERS[logical], messages });
    }
  } finally {
    client.destroy();
  }
  return { queues, letters };
}

/** Times that a queue is looked at, and the time between (ms): what a function deals with just now is gone by then. */
const LOOKS = 3;
const LOOK_EVERY_MS = 2_000;

async function staying(messages: () => Promise<number>): Promise<number> {
  let found = await messages();
  for (let looks = 1; found > 0 && looks < LOOKS; looks += 1) {
    await pause(LOOK_EVERY_MS);
    found = await messages();
  }
  return found;
}

function isLetters(logical: string): logical is keyof typeof LETTERS {
  return logical in LETTERS;
}

async function heldByTable(table: string | undefined): Promise<Pick<Held, 'windows' | 'running'>> {
  if (table === undefined) return { windows: [], running: [] };
  const client = new DynamoDBClient({});
  try {
    const target = { client, table };
    return await heldByLogs({ log: dynamoLog(target), projections: dynamoProjections(target) }, Date.now());
  } catch (error) {
    if (!isTableGone(error)) throw error;
    return { windows: [], running: [] };
  } finally {
    client.destroy();
  }
}

/** A table that somebody deleted before the stack holds nothing any more. */
function isTableGone(error: unknown): boolean {
  if (!(error instanceof TableRefusedError) || !(error.cause instanceof Error)) return false;
  return error.cause.name === 'ResourceNotFoundException';
}

/** Open windows and running batches of all routes. */
export async function heldByLogs(
  ports: { log: Pick<Log, 'tail'>; projections: Projections },
  now: number,
): Promise<Pick<Held, 'windows' | 'running'>> {
  const windows = await openWindowsOutside(ports, []);
  const unended: Held['running'][number][] = [];
  for (const route of await ports.projections.routes()) {
    let batches = 0;
    for await (const _ of running(ports.projections, route, now)) batches += 1;
    if (batches > 0) unended.push({ route, batches });
  }
  return { windows, running: unended };
}
