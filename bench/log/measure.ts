import { ContentionError } from '../../src/service/commit.ts';
import type { Engine } from './engine.ts';
import { createMeter, type Usage } from './meter.ts';
import { createProcesses, type Process } from './processes.ts';
import { quantile } from './statistics.ts';
import type { Strategy } from './strategies/strategy.ts';
import { type Tally, tally } from './tally.ts';
import { type Delivery, deliveries, lcg, prefixes, prefixOf, type Workload } from './workload.ts';

/** One measurement: one strategy, one workload, so many callers, so long. */
export interface Task {
  strategy: Strategy;
  workload: Workload;
  /** Callers that deliver micro-batches, each waiting for its answer before the next. */
  c: number;
  batchEvents: number;
  /** It ends after so many new events or so long (ms), whichever comes first. */
  events: number;
  ms: number;
  /** Of a hundred micro-batches, so many kill their process at one of its requests, and are delivered again. */
  diesPercent?: number;
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
  /** ms from the delivery of a micro-batch to its answer. */
  p50: number;
  p99: number;
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
    const delivered = await deliver(task, () => processes.born(() => opened.writer()));
    const usage = structuredClone(meter.usage);
    const outcome = await opened.outcome();
    return {
      strategy: strategy.name,
      ...delivered,
      usage,
      tally: tally(outcome, delivered.events, batchEvents),
    };
  } finally {
    await table.close();
  }
}

/** The closed loop: each caller delivers, waits for the answer, and delivers the next. */
async function deliver(
  task: Task,
  born: () => Process,
): Promise<Omit<Measured, 'strategy' | 'usage' | 'tally'>> {
  const stream = deliveries(task.workload);
  const random = lcg(task.workload.seed + 1);
  const latencies: number[] = [];
  let [events, redelivered, died, returned] = [0, 0, 0, 0];
  const cpu = process.cpuUsage();
  const start = performance.now();

  function next(): Delivery | null {
    if (events >= task.events || performance.now() - start >= task.ms) return null;
    const delivery = stream.next().value;
    if (delivery.again) redelivered += 1;
    else events += delivery.events.length;
    return delivery;
  }

  async function caller(): Promise<void> {
    let alive = born();
    for (let delivery = next(); delivery; delivery = next()) {
      if (random() * 100 < (task.diesPercent ?? 0)) {
        await alive.dieOf(delivery.events);
        died += 1;
        alive = born();
      }
      const asked = performance.now();
      while (!(await counted(alive, delivery))) returned += 1;
      latencies.push(performance.now() - asked);
    }
  }

  await Promise.all(Array.from({ length: task.c }, caller));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  return {
    events,
    deliveries: latencies.length,
    redelivered,
    died,
    returned,
    seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpuMicros: (user + system) / events,
  };
}

/** False when the writer gave the micro-batch back: its queue would deliver it again. */
async function counted({ writer }: Process, { events }: Delivery): Promise<boolean> {
  try {
    await writer.count(events);
    return true;
  } catch (error) {
    if (error instanceof ContentionError) return false;
    throw error;
  }
}
