import { deflateRawSync } from 'node:zlib';
import { decide } from '../../src/core/decide.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import type { LogRecord } from '../../src/core/window.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { encodedBytes } from '../../src/log/record.ts';
import { createSeen } from '../../src/service/seen.ts';
import type { Bench, BenchOptions, Section } from '../bench.ts';
import { measureSdk, sdkSection } from './sdk-part.ts';
import { median } from './statistics.ts';
import { serviceOnLog } from './strategies/service.ts';
import { deliveries, policyFor, type Workload } from './workload.ts';

/** What happens inside one thread, without a table. */
export interface InsideRow {
  round: number;
  what: 'decision and dedupe' | 'commit' | 'bytes' | 'bytes as JSON' | 'bytes as JSON, deflated';
  k: number;
  batchEvents: number;
  keys: Workload['keys'];
  /** Events in a second of CPU; µs of CPU per event; bytes of a record per event. By `what`. */
  value: number;
}

/** CPU and bytes of a commit. */
export const inside: Bench = {
  name: 'inside',
  about:
    'inside one thread, without a table: decision and dedupe, a whole commit, bytes of a record, the SDK',
  async run(options) {
    const rows = await measureInside(options);
    const sdk = await measureSdk(options.quick);
    return { sections: [...sectionsOf(rows), sdkSection(sdk)], rows };
  },
};

function sectionsOf(rows: InsideRow[]): Section[] {
  const cases = [
    ...Map.groupBy(rows, ({ what, k, batchEvents, keys }) => [what, k, batchEvents, keys].join()),
  ];
  const table = (what: InsideRow['what']) =>
    cases.flatMap(([, rounds]) => {
      const [first] = rounds;
      if (first?.what !== what) return [];
      const values = rounds.map(({ value }) => value);
      return [{ ...first, value: median(values), best: bestOf(first.what, values) }];
    });
  return [
    {
      title: 'Decision and dedupe',
      text: 'Looking up, deciding and remembering, without encoding and without a table: events in a second of one CPU.',
      head: ['events in a batch', 'events/s', 'best round'],
      rows: table('decision and dedupe').map(({ batchEvents, value, best }) => [
        batchEvents.toLocaleString('en-US'),
        value,
        best,
      ]),
      notes: [NOISE],
    },
    {
      title: 'CPU of a commit',
      text: 'The whole service on a log in memory: dedupe, decision, encoding, reading back what a batch holds, its input. µs of CPU per event.',
      head: ['k', 'µs/event', 'best round'],
      rows: table('commit').map(({ k, value, best }) => [String(k), value, best]),
      notes: [NOISE],
    },
    {
      title: 'Bytes of a record',
      text: 'Whole records, in bytes per event: written out as JSON, the same deflated, and as they are stored. Dated: folders by day and numbered files. uuid: random names in a bucket with versions.',
      head: ['keys', 'k', 'as JSON', 'JSON, deflated', 'as stored'],
      rows: table('bytes').map(({ keys, k, value }) => {
        const as = (what: InsideRow['what']) =>
          table(what).find((row) => row.keys === keys && row.k === k)?.value ?? null;
        return [keys, String(k), as('bytes as JSON'), as('bytes as JSON, deflated'), value];
      }),
      notes: [],
    },
  ];
}

const NOISE =
  'The same code takes up to twice as long from one minute to the next, because others use the processor and its caches too. ' +
  'They can only add, so the best round is nearest to what the code takes.';

/** The most events in a second; the fewest µs or bytes. */
export function bestOf(what: InsideRow['what'], values: readonly number[]): number {
  return what === 'decision and dedupe' ? Math.max(...values) : Math.min(...values);
}

/** Rounds for each that was asked for: they are short. */
const ROUNDS_EACH = 3;

const KEY = { route: 'sales', partition: '' };

async function measureInside({ rounds, quick, say }: BenchOptions): Promise<InsideRow[]> {
  const rows: InsideRow[] = [];
  const share = quick ? 10 : 1;
  const note = (row: InsideRow) => {
    rows.push(row);
    say(`${row.what} · k=${row.k} N=${row.batchEvents} ${row.keys} · ${row.value.toFixed(2)}`);
  };
  // Round 0 warms up.
  for (let round = 0; round <= ROUNDS_EACH * rounds; round += 1) {
    for (const batchEvents of [100, 10_000]) {
      // More would measure the collector, which walks over all that waits here.
      const value = decisionsPerSecond(100_000 / share, batchEvents);
      if (round === 0)
        for (let more = 0; more < 4; more += 1) decisionsPerSecond(100_000 / share, batchEvents);
      else note({ round, what: 'decision and dedupe', k: 100, batchEvents, keys: 'dated', value });
    }
    for (const k of [1, 10, 100]) {
      const value = await commitMicros(k, (20_000 * Math.sqrt(k)) / share);
      if (round > 0) note({ round, what: 'commit', k, batchEvents: 100, keys: 'dated', value });
    }
  }
  for (const keys of ['dated', 'uuid'] as const) {
    for (const k of [1, 10, 100]) {
      for (const [what, value] of Object.entries(bytesPerEvent(k, keys)) as [InsideRow['what'], number][]) {
        note({ round: 1, what, k, batchEvents: 100, keys, value });
      }
    }
  }
  return rows;
}

function microBatches(count: number, k: number, keys: Workload['keys']): ObjectEvent[][] {
  const stream = deliveries({ k, prefixes: 1, keys, again: { every: 50 }, seed: k });
  // As they come out of a queue: parsed, their texts in one piece.
  const parsed = () => JSON.parse(JSON.stringify(stream.next().value.events)) as ObjectEvent[];
  return Array.from({ length: Math.ceil(count / k) }, parsed);
}

/** How many events one thread looks up, decides and remembers in a second of CPU, without encoding or a table. */
function decisionsPerSecond(count: number, batchEvents: number): number {
  const batches = microBatches(count, 100, 'dated');
  const policy = policyFor(batchEvents);
  const seen = createSeen();
  let tail: LogRecord | null = null;
  const before = process.cpuUsage();
  for (const batch of batches) {
    const fresh = batch.filter((event) => seen.recordsWith(event).length === 0);
    if (fresh.length === 0) continue;
    const command = { kind: 'append', events: fresh, policy, newEpoch: '0' } as const;
    const decided = decide(KEY, tail, command, Date.now());
    if (decided.kind !== 'record') throw new Error('An append was not decided.');
    tail = decided.record;
    seen.add(tail);
  }
  const { user, system } = process.cpuUsage(before);
  return (batches.length * 100) / ((user + system) / 1e6);
}

/** CPU of a whole commit through the service (dedupe, decision, encoding, effects), on a log in memory. */
async function commitMicros(k: number, count: number): Promise<number> {
  const batches = microBatches(count, k, 'dated');
  const service = serviceOnLog(memoryLog(), policyFor(100));
  const before = process.cpuUsage();
  for (const batch of batches) await service.append(batch);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (batches.length * k);
}

/** Bytes of whole records per event, over a log of many windows, by how they are written. */
function bytesPerEvent(k: number, keys: Workload['keys']) {
  const policy = policyFor(100);
  let tail: LogRecord | null = null;
  const bytes = { bytes: 0, 'bytes as JSON': 0, 'bytes as JSON, deflated': 0 };
  let events = 0;
  for (const batch of microBatches(200 * k, k, keys)) {
    const decided = decide(KEY, tail, { kind: 'append', events: batch, policy, newEpoch: '0' }, Date.now());
    if (decided.kind !== 'record') throw new Error('An append was not decided.');
    tail = decided.record;
    const json = Buffer.from(JSON.stringify(tail));
    bytes.bytes += encodedBytes(KEY, tail);
    bytes['bytes as JSON'] += json.length;
    bytes['bytes as JSON, deflated'] += deflateRawSync(json, { level: 9 }).length;
    events += batch.length;
  }
  return Object.fromEntries(Object.entries(bytes).map(([what, sum]) => [what, sum / events]));
}
