import type { BatchItem } from '../../src/projections/projections.ts';
import { isSame, type Ledger, nameOf } from './ledger.ts';
import type { World } from './world.ts';

/** After healing, what is shown is what the logs say: partitions, batches, how executions ended, how far all is settled. */
export async function checkProjections(world: World, ledger: Ledger): Promise<string[]> {
  return [...(await checkPartitions(world, ledger)), ...(await checkBatchItems(world, ledger))];
}

async function checkPartitions({ projections, shape }: World, ledger: Ledger): Promise<string[]> {
  const problems: string[] = [];
  for (const { key, records, batches } of ledger.partitions) {
    const at = `projection: partition ${nameOf(key)}`;
    const item = await projections.partition(key);
    const listed = await projections.partitions(key.route, { limit: 1_000 });
    if (!item || !listed.items.some((each) => isSame(each, key))) problems.push(`${at} is not registered`);
    const tail = records.at(-1);
    if (!item?.position || !tail) {
      problems.push(`${at} shows nothing`);
      continue;
    }
    const { position, settledTo } = item;
    const last = batches.at(-1)?.batch;
    if (position.epoch !== tail.state.epoch) problems.push(`${at} shows epoch ${position.epoch}`);
    if (position.windowSeq !== tail.state.windowSeq)
      problems.push(`${at} shows window ${position.windowSeq}`);
    if ((position.window === null) !== (tail.state.window === null))
      problems.push(`${at} shows a window that is gone`);
    if (position.record > tail.seq) problems.push(`${at} is ahead of its log`);
    if (position.lastBatch && position.lastBatch.id !== last?.id)
      problems.push(`${at} shows batch ${position.lastBatch.id}`);
    if (shape.reconcileMs !== null && settledTo !== batches.length)
      problems.push(`${at} is settled to ${settledTo} of ${batches.length}`);
  }
  return problems;
}

async function checkBatchItems(
  { projections, shape, executions, configuration }: World,
  ledger: Ledger,
): Promise<string[]> {
  const problems: string[] = [];
  const items = new Map<string, BatchItem>();
  for (const route of configuration.names()) {
    const page = await projections.batches(route, { limit: 100_000 });
    for (const item of page.items) items.set(item.id, item);
  }
  for (const { batch, key, epoch, policy } of ledger.batches) {
    const at = `projection: batch ${batch.id}`;
    const item = items.get(batch.id);
    items.delete(batch.id);
    if (!item) {
      problems.push(`${at} has no item`);
      continue;
    }
    for (const field of [
      'seq',
      'from',
      'to',
      'reason',
      'openedAt',
      'closedAt',
      'deadline',
      'count',
      'bytes',
    ] as const)
      if (item[field] !== batch[field]) problems.push(`${at} shows ${field} ${item[field]}`);
    if (!isSame(item, key) || item.epoch !== epoch) problems.push(`${at} is shown elsewhere`);
    if (item.pipeline.stateMachineArn !== policy?.pipeline.stateMachineArn)
      problems.push(`${at} shows another pipeline`);
    const late = batch.reason === 'time' || batch.reason === 'quiet' ? batch.closedAt - batch.deadline : 0;
    if (item.latenessMs !== late) problems.push(`${at} shows lateness ${item.latenessMs} instead of ${late}`);
    const state = await executions.describe({ name: batch.id, pipeline: item.pipeline });
    // A report that came before the item was written is made good by reconcile alone.
    if (item.status !== state?.status || item.redrives !== state.redrives)
      problems.push(
        `${at} shows ${item.status}, is ${state?.status}${shape.reconcileMs === null ? ' (no reconcile)' : ''}`,
      );
  }
  for (const id of items.keys()) problems.push(`projection: batch ${id} is shown, but not in the log`);
  return problems;
}
