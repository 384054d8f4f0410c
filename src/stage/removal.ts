import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoLog } from '../log/dynamodb.ts';
import type { Log } from '../log/log.ts';
import { dynamoProjections } from '../projections/dynamodb.ts';
import type { Projections } from '../projections/projections.ts';
import { type OpenWindowOf, refuseRemoval } from '../routes/removal-check.ts';
import { inParallel } from '../service/parallel.ts';
import { registered } from '../service/registry.ts';
import { StageUnknownError } from './errors.ts';
import { findStage, type Stage } from './stage.ts';

/**
 * Refuses a deployment that would remove a route with open windows. Asks the table, not the API: a deployment that
 * mends the API must not need it. A stage that was never deployed, or not to its end, has nothing to lose.
 *
 * @param routes the names in the routes.yml that is about to be deployed
 * @param using the table that the stage will use, where it is not to be the one that it uses now
 * @throws RoutesStillOpenError, and what finding a stage and reading its table throws
 */
export async function checkRemovedRoutes(
  stageName: string,
  routes: readonly string[],
  using: string | null = null,
): Promise<void> {
  const stage = await deployedStage(stageName);
  const table = using ?? stage?.outputs.TableName;
  if (stage === null || table === undefined) return;
  const client = new DynamoDBClient({ region: stage.region });
  try {
    const target = { client, table };
    const ports = { log: dynamoLog(target), projections: dynamoProjections(target) };
    refuseRemoval(routes, await openWindowsOutside(ports, routes), stage.name);
  } finally {
    client.destroy();
  }
}

/** An open window, by its place. */
export interface OpenWindow extends OpenWindowOf {
  partition: string;
}

/** Logs that are asked at once. */
const ASKED_AT_ONCE = 16;

/** Open windows of routes other than these, read from their logs: partition items may lag behind. */
export async function openWindowsOutside(
  { log, projections }: { log: Pick<Log, 'tail'>; projections: Projections },
  routes: readonly string[],
): Promise<OpenWindow[]> {
  const removed = (await projections.routes()).filter((route) => !routes.includes(route));
  const open: OpenWindow[] = [];
  for (const route of removed) {
    const partitions: string[] = [];
    for await (const { partition } of registered(projections, route)) partitions.push(partition);
    const windows = await inParallel(partitions, ASKED_AT_ONCE, async (partition) => {
      const window = (await log.tail({ route, partition }))?.state.window;
      return window ? [{ route, partition, count: window.count }] : [];
    });
    open.push(...windows.flat());
  }
  return open;
}

async function deployedStage(name: string): Promise<Stage | null> {
  try {
    return await findStage(name);
  } catch (error) {
    if (error instanceof StageUnknownError) return null;
    throw error;
  }
}
