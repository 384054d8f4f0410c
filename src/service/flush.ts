import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import type { Flush, FlushScope, Pin } from '../flushes/flushes.ts';
import type { Closing } from './closing.ts';
import type { ServiceOptions } from './options.ts';
import { inParallel } from './parallel.ts';
import type { Ports } from './ports.ts';
import { registered } from './registry.ts';
import type { FlushedPartition, FlushPreview, FlushReport, FlushRequest } from './service.ts';
import type { Writer } from './writer.ts';

/** Partitions that a flush works on at the same time. */
const WIDTH = 8;
/** Shares of a flush that are sent at the same time: they travel together, and there may be 100,000 of them. */
const SENDS_AT_ONCE = 160;

/** A flush command names a flush that was never asked for. */
export class FlushUnknownError extends Error {
  override readonly name = 'FlushUnknownError';
  readonly flushId: string;

  constructor(flushId: string) {
    super(`No flush "${flushId}" was asked for. Ask for it first; a command alone closes nothing.`);
    this.flushId = flushId;
  }
}

export function createFlush(
  { flushes, projections, log, commands, observe }: Ports,
  clock: Clock,
  options: ServiceOptions,
  writer: Writer,
  close: Closing,
) {
  return { flush, flushPartition, preview };

  async function flush(request: FlushRequest): Promise<FlushReport> {
    const asked = await flushes.ask({ ...request, askedAt: clock.now() });
    const keys = await partitionsIn(asked.scope);
    if (keys.length <= options.flushInlineMax) {
      return { flush: asked, partitions: await inParallel(keys, WIDTH, (key) => flushOne(asked, key)) };
    }
    await inParallel(keys, SENDS_AT_ONCE, (key) =>
      commands.send({ kind: 'flush-partition', flushId: asked.id, ...key }),
    );
    return { flush: asked, partitions: keys.map((key) => ({ ...key, outcome: 'queued', count: 0 })) };
  }

  /** One partition's share of a flush that was asked for before. */
  async function flushPartition(flushId: string, key: PartitionKey): Promise<void> {
    const asked = await flushes.find(flushId);
    if (!asked) throw new FlushUnknownError(flushId);
    await flushOne(asked, key);
  }

  async function flushOne(asked: Flush, key: PartitionKey): Promise<FlushedPartition> {
    const flushed = await closePinned(asked, key);
    const { outcome, batch } = flushed;
    if (outcome !== 'queued') {
      observe({
        kind: 'flush',
        ...key,
        at: clock.now(),
        flushId: asked.id,
        outcome,
        ...(batch && { batch: batch.id }),
      });
    }
    return flushed;
  }

  async function closePinned(asked: Flush, key: PartitionKey): Promise<FlushedPartition> {
    const tail = await writer.currentTail(key);
    const pin = await flushes.pin(asked.id, pinOf(asked, key, tail, options.flushMarginMs));
    if (!pin.window) return { ...key, outcome: pin.skipped?.why ?? 'empty', count: pin.skipped?.count ?? 0 };
    const { reason, id: flushId, who } = asked;
    const closed = await close(key, {
      kind: 'close',
      window: pin.window,
      cause: { kind: 'flush', reason, flushId, who },
    });
    if (closed.kind === 'early') throw new TypeError('A flush was told to come again.');
    const { batch } = closed;
    if (!batch) return { ...key, outcome: 'already-closed', count: pin.window.count };
    const ours = closed.kind === 'closed' || batch.by?.flushId === asked.id;
    const view = { id: batch.id, reason: batch.reason, closedAt: batch.closedAt };
    return { ...key, outcome: ours ? 'closed' : 'already-closed', count: batch.count, batch: view };
  }

  async function preview(scope: FlushScope, minEvents: number): Promise<FlushPreview[]> {
    const keys = await partitionsIn(scope);
    const previews = await inParallel(keys, WIDTH, async (key) => {
      const window = (await log.tail(key))?.state.window;
      if (!window) return [];
      const { count, bytes, openedAt } = window;
      return [{ ...key, count, bytes, openedAt, deadline: dueOf(window).at, wouldClose: count >= minEvents }];
    });
    return previews.flat();
  }

  /** Every registered partition, not only those shown as open: a window's projection may still be on its way. */
  async function partitionsIn({ route, partition }: FlushScope): Promise<PartitionKey[]> {
    if (route !== undefined && partition !== undefined) return [{ route, partition }];
    const keys: PartitionKey[] = [];
    for await (const item of registered(projections, route))
      keys.push({ route: item.route, partition: item.partition });
    return keys;
  }
}

/** The window that the flush means here: the one that is open now, unless it opened clearly after the asking. */
function pinOf(asked: Flush, key: PartitionKey, tail: LogRecord | null, marginMs: number): Pin {
  const window = tail?.state.window;
  if (!window || window.openedAt > asked.askedAt + marginMs) {
    return { ...key, window: null, skipped: { why: 'empty', count: 0 } };
  }
  if (window.count < asked.minEvents) {
    return { ...key, window: null, skipped: { why: 'below-minimum', count: window.count } };
  }
  return { ...key, window: { epoch: tail.state.epoch, seq: tail.state.windowSeq, count: window.count } };
}
