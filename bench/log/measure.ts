import type { ObjectEvent } from '../../src/core/event.ts';
import { ContentionError } from '../../src/service/commit.ts';
import type { Engine } from './engine.ts';
import { createMeter, type Usage } from './meter.ts';
import { createProcesses, type Process } from './processes.ts';
import { quantile } from './statistics.ts';
import type { Strategy } from './strategies/strategy.ts';
import { type Tally, tally } from './tally.ts';
import { type Delivery, deliveries, filling, lcg, prefixes, prefixOf, type Workload } from './workload.ts';

/** One measurement: one strategy, one workload, so many callers, so long. */
export interface Task {
  strategy: Strategy;
  workload: Workload;
  /** Callers that deliver micro-batches, each waiting for its answer before the next. */
  c: number;
  batchEvents: number;
  /** It ends with the stretch of micro-batches in which so many new events have come, or so long (ms) has passed. */
  events: number;
  ms: number;
  /** Of a hundred micro-batches, so many kill their process at one of its requests, and are delivered again. */
  diesPercent?: number;
  /** Begins with windows that are partly full, as one finds them at any time; filling them is not measured. */
  filled?: boolean;
}

export interface Measured {
  strategy: string;
  /** New events counted. */
  events: number;
  deliveries: number;
  redelivered: number;
  died: number;
  /** Micro-batches that were given back to be delivered again, after losing every race. */
  returned: number;
  seconds: number;
  /** ms from the delivery of a micro-batch to its answer, of this measurement alone. */
  p50: number;
  p99: number;
  /** All of them; left out of kept results. */
  latencies?: readonly number[];
  /** µs of this process's CPU per event. The engine has its own, dynalite excepted. */
  cpuMicros: number;
  usage: Usage;
  tally: Tally;
}

/** Runs one measurement on a table of its own, and reads back what came of it. */
export async function measure(engine: Engine, task: Task): Promise<Measured> {
  const { strategy, workload, batchEvents } = task;
  const table = await engine.openTable();
  try {
    const meter = createMeter();
    const processes = createProcesses(table, meter, workload.seed);
    const opened = strategy.open({
      connect: processes.connect,
      partitions: workload.prefixes === 1 ? [''] : prefixes(workload.prefixes),
      partitionOf: workload.prefixes === 1 ? () => '' : ({ key }) => prefixOf(key),
      batchEvents,
    });
    const born = () => processes.born(() => opened.writer());
    const callers = Array.from({ length: task.c }, born);
    const filled = task.filled ? await fill(task, callers) : 0;
    meter.reset();
    const delivered = await deliver(task, callers, born, filled);
    const usage = structuredClone(meter.usage);
    const outcome = await opened.outcome();
    return {
      strategy: strategy.name,
      ...delivered,
      usage,
      tally: tally(outcome, filled + delivered.events, batchEvents),
    };
  } finally {
    await table.close();
  }
}

/** Partitions that a caller fills at the same time. */
const FILLED_AT_ONCE = 4;

/** Resolves with the number of events that went into the windows. */
async function fill({ workload, batchEvents }: Task, callers: Process[]): Promise<number> {
  const windows = filling(workload, batchEvents).filter(({ length }) => length > 0);
  const waiting = windows.entries();
  const work = async (caller: Process) => {
    for (const [, events] of waiting) while (!(await counted(caller, events)));
  };
  await Promise.all(callers.flatMap((caller) => Array.from({ length: FILLED_AT_ONCE }, () => work(caller))));
  return windows.flat().length;
}

/** The closed loop: each caller delivers, waits for the answer, and delivers the next. */
async function deliver(
  task: Task,
  callers: Process[],
  born: () => Process,
  filled: number,
): Promise<Omit<Measured, 'strategy' | 'usage' | 'tally'>> {
  const stream = deliveries(task.workload, filled);
  const random = lcg(task.workload.seed + 1);
  const latencies: number[] = [];
  let [events, redelivered, died, returned] = [0, 0, 0, 0];
  let ended = false;
  const cpu = process.cpuUsage();
  const start = performance.now();

  function next(): Delivery | null {
    if (ended) return null;
    const delivery = stream.next().value;
    if (delivery.again) redelivered += 1;
    else events += delivery.events.length;
    ended = delivery.ends && (events >= task.events || performance.now() - start >= task.ms);
    return delivery;
  }

  async function caller(first: Process): Promise<void> {
    let alive = first;
    for (let delivery = next(); delivery; delivery = next()) {
      if (random() * 100 < (task.diesPercent ?? 0)) {
        await alive.dieOf(delivery.events);
        died += 1;
        alive = born();
      }
      const asked = performance.now();
      while (!(await counted(alive, delivery.events))) returned += 1;
      latencies.push(performance.now() - asked);
    }
  }

  await Promise.all(callers.map(caller));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    events,
    deliveries: latencies.length,
    redelivered,
    died,
    returned,
    seconds,
    p50: quantile(latencies, 0.5) ?? Number.NaN,
    p99: quantile(latencies, 0.99) ?? Number.NaN,
    latencies,
    cpuMicros: (user + system) / events,
  };
}

/** False when the writer gave the micro-batch back: its queue would deliver it again. */
async function counted({ writer }: Process, events: ObjectEvent[]): Promise<boolean> {
  try {
    await writer.count(events);
    return true;
  } catch (error) {
    if (error instanceof ContentionError) return false;
    throw error;
  }
}
