import { setTimeout as pause } from 'node:timers/promises';
import { decide } from '../../src/core/decide.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import type { LogRecord } from '../../src/core/window.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import type { Projections } from '../../src/projections/projections.ts';
import type { Service } from '../../src/service/service.ts';
import { quantile } from '../log/statistics.ts';
import { serviceOnLog } from '../log/strategies/service.ts';
import { policyFor } from '../log/workload.ts';
import { type MeteredLog, meteredLog } from './metered.ts';
import { noticesOf, partitionOf, type Some } from './notices.ts';

/** One measurement, in a process of its own. */
export interface Work {
  grows: 'window' | 'log' | 'partitions' | 'backlog';
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
  /** What it took a process that knows nothing to recognise the oldest event; null where nothing was there before. */
  late: { reads: number; readUnits: number; cpuMs: number } | null;
}

const HOUR_MS = 3_600_000;

/** Measures in this process. It has to run with `--expose-gc`. */
export async function measure(work: Work): Promise<Grown> {
  const { before = 0, partitions = 1, agedMs: _agedMs, ...shown } = work;
  const log = meteredLog();
  const some = noticesOf(partitions);
  await warmUp(work);
  const start = await heldBytes();
  const oldest = before === 0 ? null : await fill(log, work.count, before, some);
  const newService = () => serviceOnLog(log, policyFor(work.count), { partitionOf, projections: nowhere() });
  const service = newService();
  const counted = { ...log.counted };
  const figures = await deliver(service, work, some);
  const { records, bytes, writeUnits, reads, readUnits } = log.counted;
  const late = oldest && (await again(newService(), log, oldest));
  log.forget();
  const held = (await heldBytes()) - start;
  // The service must outlive the look at the memory.
  await service.append([]);
  const per = (total: number) => total / work.events;
  return {
    ...shown,
    records: records - counted.records,
    wcu: per(writeUnits - counted.writeUnits),
    rcu: per(readUnits - counted.readUnits),
    reads: per(reads - counted.reads),
    ...figures,
    heldBytes: held,
    logBytes: bytes,
    late,
  };
}

/** As long as it takes until the same work takes the same time (ms). */
const WARM_UP_MS = 2_000;
/** As many as the short lines have: the heap has to grow as well. */
const WARM_UP_EVENTS = 20_000;

/** Does the like until everything is loaded and compiled: that would count as held, and as slow. */
async function warmUp({ group, count, partitions = 1, ...work }: Work): Promise<void> {
  const ends = performance.now() + WARM_UP_MS;
  while (performance.now() < ends) {
    const service = serviceOnLog(meteredLog(), policyFor(count), { partitionOf, projections: nowhere() });
    const few = { ...work, group, count, events: WARM_UP_EVENTS, agedMs: 0 };
    await deliver(service, few, noticesOf(partitions));
  }
}

/** Hands over all events, a group a call. */
async function deliver(service: Service, { events, group, agedMs = 0 }: Work, some: Some) {
  const latencies = new Float64Array(Math.ceil(events / group));
  const spent = new Float64Array(latencies.length);
  const now = Date.now();
  for (let call = 0; call < latencies.length; call += 1) {
    const arrival = agedMs === 0 ? Date.now() : now - agedMs * (1 - (call * group) / events);
    const batch = some(group, { arrival, stepMs: 0 });
    const asked = performance.now();
    const used = process.cpuUsage();
    await service.append(batch);
    const { user, system } = process.cpuUsage(used);
    latencies[call] = performance.now() - asked;
    spent[call] = user + system;
  }
  const last = spent.slice(-Math.ceil(spent.length / 8));
  return {
    cpuUs: sum(spent) / events,
    cpuUsAtEnd: sum(last) / (last.length * group),
    p50: quantile([...latencies], 0.5) ?? 0,
    p99: quantile([...latencies], 0.99) ?? 0,
  };
}

/** Delivers an event that the log has held for long. */
async function again(service: Service, { counted }: MeteredLog, event: ObjectEvent) {
  const { reads, readUnits } = counted;
  const used = process.cpuUsage();
  const [outcome] = await service.append([event]);
  const { user, system } = process.cpuUsage(used);
  if (outcome?.kind !== 'duplicate') throw new Error(`An event that came again was ${outcome?.kind}.`);
  return {
    reads: counted.reads - reads,
    readUnits: counted.readUnits - readUnits,
    cpuMs: (user + system) / 1e3,
  };
}

/**
 * A record an event, decided as the product does, without asking it: an hour's work that ended an hour ago, so that
 * nobody looks for new events in it.
 * @returns the first event
 */
async function fill(log: MeteredLog, count: number, records: number, some: Some): Promise<ObjectEvent> {
  let tail: LogRecord | null = null;
  const policy = policyFor(count);
  const began = Date.now() - 2 * HOUR_MS;
  const [oldest] = some(1, { arrival: began, stepMs: 0 });
  if (!oldest) throw new Error('No event was made.');
  let event: ObjectEvent | undefined = oldest;
  for (let record = 1; event; record += 1) {
    const key = { route: 'sales', partition: partitionOf(event) };
    const command = { kind: 'append' as const, events: [event], policy, newEpoch: '0' };
    const decided = decide(key, tail, command, event.arrival);
    if (decided.kind !== 'record') throw new Error('An append was not decided.');
    tail = decided.record;
    await log.append(key, tail);
    const arrival = began + (HOUR_MS * record) / records;
    event = record < records ? some(1, { arrival, stepMs: 0 })[0] : undefined;
  }
  return oldest;
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

async function heldBytes(): Promise<number> {
  if (!gc) throw new Error('Memory cannot be measured without --expose-gc.');
  for (let time = 0; time < 4; time += 1) {
    gc();
    // What was collected may have buffers to give back.
    await pause(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
