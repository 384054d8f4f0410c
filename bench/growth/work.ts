import { decide } from '../../src/core/decide.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import type { LogRecord } from '../../src/core/window.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import type { Projections } from '../../src/projections/projections.ts';
import { serviceOnLog } from '../log/strategies/service.ts';
import { policyFor } from '../log/workload.ts';
import { quantile } from '../server/figures.ts';
import { type MeteredLog, meteredLog } from './metered.ts';
import { noticesOf, partitionOf } from './notices.ts';

/** One measurement, in a process of its own. */
export interface Work {
  grows: 'window' | 'log' | 'partitions' | 'backlog' | 'late';
  what: string;
  /** How large what grows is. */
  size: number;
  events: number;
  /** Events handed over together. */
  group: number;
  /** Events in a batch. */
  count: number;
  /** Records in the log before the measurement, of one event each. */
  before?: number;
  /** Partitions that events are spread over, in turn. */
  partitions?: number;
  /** How long ago the first event arrived (ms); the last arrived just now. */
  agedMs?: number;
}

export interface Grown extends Omit<Work, 'before' | 'partitions' | 'agedMs'> {
  records: number;
  /** Per event. */
  wcu: number;
  rcu: number;
  reads: number;
  cpuUs: number;
  /** The same over the last eighth of the events. */
  cpuUsAtEnd: number;
  /** ms of one call. */
  p50: number;
  p99: number;
  /** Bytes that the service holds at the end, the log apart. */
  heldBytes: number;
  /** Bytes of all records. */
  logBytes: number;
}

const HOUR_MS = 3_600_000;

/** Measures in this process. It has to run with `--expose-gc`. */
export async function measure(work: Work): Promise<Grown> {
  const { events, group, count, before = 0, partitions = 1, agedMs = 0 } = work;
  const log = meteredLog();
  const now = Date.now();
  const some = noticesOf(partitions);
  // An hour's work that ended an hour ago: nobody looks for new events in it.
  const old = some(before, { arrival: now - 2 * HOUR_MS, stepMs: HOUR_MS / before });
  await fill(log, old, count);
  // Not to be counted as memory that is given back.
  old.length = Math.min(before, 1);
  const latencies = new Float64Array(Math.ceil(events / group));
  const spent = new Float64Array(latencies.length);
  const start = heldBytes();
  const service = serviceOnLog(log, policyFor(count), { partitionOf, projections: nowhere() });
  const counted = { ...log.counted };
  for (let call = 0; call < latencies.length; call += 1) {
    const arrival = agedMs === 0 ? Date.now() : now - agedMs * (1 - (call * group) / events);
    const batch = work.grows === 'late' ? old.slice(0, group) : some(group, { arrival, stepMs: 0 });
    const asked = performance.now();
    const used = process.cpuUsage();
    await service.append(batch);
    const { user, system } = process.cpuUsage(used);
    latencies[call] = performance.now() - asked;
    spent[call] = user + system;
  }
  const { records, bytes, writeUnits, reads, readUnits } = log.counted;
  log.forget();
  const held = heldBytes() - start;
  // The service must outlive the look at the memory.
  await service.append([]);
  const last = spent.slice(-Math.ceil(spent.length / 8));
  const { before: _before, partitions: _partitions, agedMs: _agedMs, ...rest } = work;
  return {
    ...rest,
    records: records - counted.records,
    wcu: (writeUnits - counted.writeUnits) / events,
    rcu: (readUnits - counted.readUnits) / events,
    reads: (reads - counted.reads) / events,
    cpuUs: sum(spent) / events,
    cpuUsAtEnd: sum(last) / (last.length * group),
    p50: quantile([...latencies], 0.5) ?? 0,
    p99: quantile([...latencies], 0.99) ?? 0,
    heldBytes: held,
    logBytes: bytes,
  };
}

/** A record an event, decided as the product does, without asking it. */
async function fill(log: MeteredLog, events: ObjectEvent[], count: number): Promise<void> {
  let tail: LogRecord | null = null;
  const policy = policyFor(count);
  for (const event of events) {
    const key = { route: 'sales', partition: partitionOf(event) };
    const command = { kind: 'append' as const, events: [event], policy, newEpoch: '0' };
    const decided = decide(key, tail, command, event.arrival);
    if (decided.kind !== 'record') throw new Error('An append was not decided.');
    tail = decided.record;
    await log.append(key, tail);
  }
}

/** Items go nowhere: what they cost stands elsewhere. */
function nowhere(): Projections {
  const nothing = async () => {};
  return {
    ...memoryProjections(),
    register: nothing,
    advance: nothing,
    settle: nothing,
    batchStarted: nothing,
  };
}

function heldBytes(): number {
  if (!gc) throw new Error('Memory cannot be measured without --expose-gc.');
  for (let time = 0; time < 3; time += 1) gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
