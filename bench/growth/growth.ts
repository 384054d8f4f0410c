import type { Bench, BenchOptions, Cell, Section } from '../bench.ts';
import { serviceOnLog } from '../log/strategies/service.ts';
import { policyFor } from '../log/workload.ts';
import { quantile } from '../server/figures.ts';
import { meteredLog, newEvent } from './metered.ts';

const HEAD = [
  'what grows',
  'events',
  'write units an event',
  'reads an event',
  'CPU µs an event',
  'append p50 ms',
  'append p99 ms',
  'memory MB',
];

export const growth: Bench = {
  name: 'growth',
  about: 'windows, logs, partitions and a backlog a thousand times as large: which cost grows?',
  async run({ quick, say }: BenchOptions): Promise<Section[]> {
    const rows: Cell[][] = [];
    const add = async (work: Work) => {
      say(work.what);
      rows.push(await measure(work));
    };
    for (const count of [100, 1_000, 10_000])
      await add({ what: `window of ${count}`, events: quick ? 20_000 : 200_000, group: 100, count });
    for (const records of quick ? [100, 10_000] : [100, 10_000, 1_000_000])
      await add({
        what: `log of ${records} records`,
        before: records,
        events: 20_000,
        group: 10,
        count: 100,
      });
    for (const partitions of quick ? [1, 1_000] : [1, 1_000, 100_000])
      await add({
        what: `${partitions} partitions`,
        partitions,
        events: Math.max(20_000, 2 * partitions),
        group: 100,
        count: 100,
      });
    await add({ what: 'a backlog', events: quick ? 200_000 : 8_000_000, group: 250, count: 100 });
    return [growthSection(rows), ceilingSection()];
  },
};

interface Work {
  what: string;
  events: number;
  /** Events handed over together. */
  group: number;
  /** Events in a batch. */
  count: number;
  /** Records in the log before the measurement. */
  before?: number;
  /** Partitions that the events of a group are spread over, in turn. */
  partitions?: number;
}

async function measure({ what, events, group, count, before = 0, partitions = 1 }: Work): Promise<Cell[]> {
  const { log, counted } = meteredLog();
  const service = serviceOnLog(log, policyFor(count), { partitionOf: ({ key }) => key.split('/')[1] ?? '' });
  let next = 0;
  const some = (size: number) =>
    Array.from({ length: size }, () => {
      next += 1;
      return newEvent(`chapter10/partner-${next % partitions}/`);
    });
  // One event a record: what is old need not be large.
  for (let record = 0; record < before; record += 1) await service.append(some(1));
  Object.assign(counted, { writeUnits: 0, reads: 0, readRecords: 0 });
  const latencies: number[] = [];
  const { user, system } = process.cpuUsage();
  for (let done = 0; done < events; done += group) {
    const batch = some(group);
    const asked = performance.now();
    await service.append(batch);
    latencies.push(performance.now() - asked);
  }
  const used = process.cpuUsage();
  const cpu = used.user + used.system - user - system;
  return [
    what,
    events,
    counted.writeUnits / events,
    counted.reads / events,
    cpu / events,
    quantile(latencies, 0.5),
    quantile(latencies, 0.99),
    process.memoryUsage().rss / 1e6,
  ];
}

function growthSection(rows: Cell[][]): Section {
  return {
    title: 'What grows with what',
    text: 'The real service, one caller, over a log and items in this process’s memory, so that neither disk nor network blurs the processor time; write units are counted from the bytes of each record by DynamoDB’s rule. Reads include those that build the input of a batch.',
    head: HEAD,
    rows,
    notes: [
      'Memory is that of the whole process, the log held in memory included: it says what the run needed, not what a server needs.',
      'Where events are spread over many partitions a group is cut into many small records; that costs up to a whole write unit an event, and is the price of a window of one’s own for everybody.',
      'Not exercised here: network, throttling, several writers. The other tables have them.',
    ],
  };
}

/** Limits of DynamoDB for one partition key: 1,000 write units a second. A log lies under one. */
const WRITE_UNITS_PER_KEY = 1_000;

function ceilingSection(): Section {
  const head = ['bytes an event in the log', 'events a write unit', 'events/s at 1,000 write units/s'];
  const rows = [45, 58, 90].map((bytes) => [bytes, 1024 / bytes, (WRITE_UNITS_PER_KEY * 1024) / bytes]);
  return {
    title: 'The ceiling of one partition',
    text: 'A partition’s log lies under one key of the table, and DynamoDB takes 1,000 write units (KB) a second for one key. One process commits about once per answer of the table: at 5 ms and 250 events a commit, 50,000 a second; the key is the nearer limit.',
    head,
    rows,
    notes: [
      'Plan with 10,000 events a second for one partition: half of the arithmetic, which leaves room for bursts and redelivery.',
      'Above it: a finer pattern (`prefix: partners/{partner}/` instead of `partners/`) gives every value a log, a key and a ceiling of its own. `queue: dedicated` gives a route its own consumers, so that it neither waits for others nor keeps them waiting; it does not raise the ceiling of one log.',
    ],
  };
}
