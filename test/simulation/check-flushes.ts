import type { Pin } from '../../src/flushes/flushes.ts';
import type { FlushAsked } from './history.ts';
import { isSame, type Ledger, nameOf, type PartitionLedger } from './ledger.ts';
import type { World } from './world.ts';

/** A window that opened this long after the asking is not meant: more than two clocks can differ (ms). */
const MEANT_MAX_MS = 120_000;

/**
 * Promise 6: a flush closes what was in the windows when it was asked for, at most one window per partition, and
 * no more however often it is asked again.
 */
export async function checkFlushes({ flushes, history }: World, ledger: Ledger): Promise<string[]> {
  const problems: string[] = [];
  const asked = new Map(history.flushes.map((each) => [each.request.id, each]));
  for (const { batch, key } of ledger.batches) {
    const flushed = ['manual', 'schedule', 'marker'].includes(batch.reason);
    if (flushed !== (batch.by !== undefined))
      problems.push(`flush: batch ${batch.id} is ${batch.reason}, by ${batch.by?.flushId}`);
    if (batch.by && !asked.has(batch.by.flushId))
      problems.push(`flush: ${batch.by.flushId} closed ${nameOf(key)}, unasked`);
  }
  for (const flush of history.flushes) {
    const pins = await flushes.pins(flush.request.id);
    const stored = await flushes.find(flush.request.id);
    for (const partition of ledger.partitions) {
      const found = checkOne(flush, partition, pins, stored?.askedAt ?? Number.NaN, history.deaths);
      problems.push(
        ...found.map((problem) => `flush: ${flush.request.id} in ${nameOf(partition.key)}: ${problem}`),
      );
    }
    problems.push(...checkAnswers(flush, ledger));
  }
  return problems;
}

function checkOne(
  flush: FlushAsked,
  partition: PartitionLedger,
  pins: Pin[],
  askedAt: number,
  deaths: readonly number[],
): string[] {
  const { request } = flush;
  const problems: string[] = [];
  const closed = partition.batches.filter(({ batch }) => batch.by?.flushId === request.id);
  if (closed.length > 1) problems.push(`it closed ${closed.length} windows`);
  const pin = pins.find((each) => isSame(each, partition.key));
  for (const { batch } of closed) {
    if (!inScope(flush, partition)) problems.push('it closed a window out of its scope');
    if (batch.reason !== request.reason) problems.push(`reason ${batch.reason} instead of ${request.reason}`);
    if (batch.by?.who !== request.who) problems.push(`by ${batch.by?.who}`);
    if (batch.count < request.minEvents)
      problems.push(`${batch.count} events, fewer than ${request.minEvents}`);
    if (pin?.window?.seq !== batch.seq)
      problems.push(`it closed window ${batch.seq}, meant ${pin?.window?.seq}`);
    if (batch.openedAt > askedAt + MEANT_MAX_MS) problems.push(`window ${batch.seq} opened after the asking`);
  }
  const doneAt = Math.min(
    flush.doneAt ?? Number.POSITIVE_INFINITY,
    ...flush.answers.map(({ trueAt }) => trueAt),
  );
  if (doneAt < Number.POSITIVE_INFINITY && inScope(flush, partition))
    problems.push(...checkClosed(flush, partition, pin, doneAt, deaths));
  return problems;
}

function inScope({ request: { scope } }: FlushAsked, { key }: PartitionLedger): boolean {
  if (scope.route !== undefined && scope.route !== key.route) return false;
  return scope.partition === undefined || scope.partition === key.partition;
}

/** What was in the window when the flush was asked for is in a batch when it is done. */
function checkClosed(
  flush: FlushAsked,
  partition: PartitionLedger,
  pin: Pin | undefined,
  doneAt: number,
  deaths: readonly number[],
): string[] {
  const records = partition.records.filter(
    ({ seq }) => (partition.commits.get(seq)?.trueAt ?? 0) < flush.askedAt,
  );
  const state = records.at(-1)?.state;
  const window = state?.window;
  if (!state || !window || window.count < flush.request.minEvents) return [];
  // Fanned out over the commands queue, it is done only when each share is: settled is all that can be asked.
  const queued = flush.answers.some(({ report }) =>
    report.partitions.some(({ outcome }) => outcome === 'queued'),
  );
  const fannedOut = queued || flush.doneAt !== null;
  // Shares that a laptop still held in its memory died with it: not promised there.
  if (!pin) return fannedOut && deaths.some((at) => at >= doneAt) ? [] : ['it was forgotten here'];
  const batch = partition.batches.find((each) => each.batch.seq === state.windowSeq);
  if (!batch) return [`window ${state.windowSeq}, open when it was asked for, never closed`];
  if (!fannedOut && batch.closedTrueAt > doneAt)
    return [`window ${state.windowSeq} closed only after the answer`];
  return [];
}

/** What the asker was told is so. */
function checkAnswers({ request, answers }: FlushAsked, ledger: Ledger): string[] {
  const problems: string[] = [];
  for (const { report } of answers) {
    for (const told of report.partitions) {
      const at = `flush: ${request.id} in ${nameOf(told)}: told ${told.outcome}`;
      const batches = ledger.partitions.find(({ key }) => isSame(key, told))?.batches ?? [];
      const batch = batches.find((each) => each.batch.id === told.batch?.id)?.batch;
      if (told.batch && !batch) problems.push(`${at} a batch that does not exist`);
      if (told.outcome === 'closed' && batch?.by?.flushId !== request.id)
        problems.push(`${at}, which it was not`);
      if (told.outcome === 'already-closed' && batch?.by?.flushId === request.id)
        problems.push(`${at}, by itself`);
      if (batch && batch.count !== told.count)
        problems.push(`${at} with ${told.count} of ${batch.count} events`);
    }
  }
  return problems;
}
