import { decide } from '../../src/core/decide.ts';
import type { LogRecord, PartitionKey } from '../../src/core/window.ts';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import type { BenchOptions } from '../bench.ts';
import type { BenchTable, Engine } from './engine.ts';
import { createMeter } from './meter.ts';
import { quantile } from './statistics.ts';
import { deliveries, policyFor } from './workload.ts';

/** What finding the end of a log costs, by the log's length. */
export interface LongLogRow {
  round: number;
  records: number;
  /** Read units of one look at the tail, and how long it takes (ms). */
  rcu: number;
  p50: number;
  p99: number;
}

const KEY: PartitionKey = { route: 'sales', partition: '' };
const PUTS_AT_ONCE = 32;
const READS = 1_000;

export async function longLog(engine: Engine, { rounds, quick, say }: BenchOptions): Promise<LongLogRow[]> {
  const lengths = quick ? [100, 1_000] : [100, 50_000];
  const tables = new Map<number, BenchTable>();
  const rows: LongLogRow[] = [];
  try {
    for (const records of lengths) {
      say(`writing a log of ${records} records`);
      tables.set(records, await filled(engine, records));
    }
    // Round 0 warms up.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [records, table] of tables) {
        const row = { round, records, ...(await readTails(table)) };
        if (round > 0) rows.push(row);
        say(`round ${round} · tail of ${records} records · ${row.p50.toFixed(2)} ms, ${row.rcu} RCU`);
      }
    }
  } finally {
    for (const table of tables.values()) await table.close();
  }
  return rows;
}

async function readTails(table: BenchTable): Promise<Pick<LongLogRow, 'rcu' | 'p50' | 'p99'>> {
  const connection = table.connect();
  const meter = createMeter();
  meter.watch(connection.client);
  const log = dynamoLog(connection);
  const latencies: number[] = [];
  for (let read = 0; read < READS; read += 1) {
    const asked = performance.now();
    await log.tail(KEY);
    latencies.push(performance.now() - asked);
  }
  return {
    rcu: (meter.usage.LOG?.rcu ?? 0) / READS,
    p50: quantile(latencies, 0.5) ?? Number.NaN,
    p99: quantile(latencies, 0.99) ?? Number.NaN,
  };
}

/** A log of so many records with one event each. */
async function filled(engine: Engine, records: number): Promise<BenchTable> {
  const table = await engine.openTable();
  const log = dynamoLog(table.connect());
  let tail: LogRecord | null = null;
  const stream = deliveries({ k: 1, prefixes: 1, keys: 'dated', again: { every: 50 }, seed: 1 });
  const policy = policyFor(100);
  while ((tail?.seq ?? 0) < records) {
    const puts: Promise<unknown>[] = [];
    while (puts.length < PUTS_AT_ONCE && (tail?.seq ?? 0) < records) {
      const { events, again } = stream.next().value;
      if (again) continue;
      const decided = decide(KEY, tail, { kind: 'append', events, policy, newEpoch: '0' }, Date.now());
      if (decided.kind !== 'record') throw new Error('An append was not decided.');
      tail = decided.record;
      puts.push(log.append(KEY, tail));
    }
    await Promise.all(puts);
  }
  return table;
}
