import type { Bench, Section } from '../bench.ts';
import { RIVALS } from './compare.ts';
import { startEngine } from './engine.ts';
import { type Case, interleaved, kept, type Row } from './interleaved.ts';
import { everythingWritten, log, logShared } from './strategies/spillway.ts';
import { BATCH_EVENTS, type Strategy } from './strategies/strategy.ts';

/** More than a million events through the log, by callers that race each other, and by callers that share. */
const APART: [k: number, c: number, events: number][] = [
  [1, 1, 5_000],
  [1, 4, 2_000],
  [10, 2, 50_000],
  [10, 16, 4_000],
  [100, 1, 250_000],
  [100, 2, 250_000],
  [100, 4, 60_000],
  [100, 16, 20_000],
];
const SHARED: [k: number, c: number, events: number][] = [
  [1, 16, 20_000],
  [10, 4, 50_000],
  [10, 16, 100_000],
  [100, 16, 250_000],
];

/** However slow the machine, a measurement ends after this long. */
const MS_MAX = 90_000;

/** Of a hundred micro-batches, so many kill the process that counts them. */
const DIES_PERCENT = 10;

/** Are all events there, once, in batches of the right size? First in numbers, then with processes that die. */
export const exact: Bench = {
  name: 'exact',
  about:
    'a million events: none lost, none twice, every batch of the right size; and with processes that die',
  async run(options) {
    const share = options.quick ? 100 : 1;
    const { events: _events, ...once } = { ...options, rounds: 1, quick: false };
    const many = [
      ...APART.map((each) => numerous(each, log, share)),
      ...SHARED.map((each) => numerous(each, logShared, share)),
    ];
    const deadly = [1, 10].map((k) => dying(k, options.quick ? 500 : 4_000));
    const engine = await startEngine();
    try {
      const rows = await interleaved([...many, ...deadly], engine, once);
      return { engine: engine.name, sections: sectionsOf(rows), rows: rows.map(kept) };
    } finally {
      await engine.stop();
    }
  },
};

function numerous([k, c, events]: [number, number, number], strategy: Strategy, share: number): Case {
  return {
    ...{ k, c, prefixes: 1, keys: 'dated', batchEvents: BATCH_EVENTS, strategies: [strategy] },
    events: events / share,
    ms: MS_MAX,
  };
}

function dying(k: number, ms: number): Case {
  return {
    ...{ k, c: 4, prefixes: 1, keys: 'dated', batchEvents: BATCH_EVENTS, ms, diesPercent: DIES_PERCENT },
    strategies: [...RIVALS, log, everythingWritten],
  };
}

function sectionsOf(rows: Row[]): Section[] {
  const alive = rows.filter(({ died }) => died === 0);
  const dead = rows.filter(({ died }) => died > 0);
  const total = (pick: (row: Row) => number) => alive.reduce((sum, row) => sum + pick(row), 0);
  const head = ['k', 'c', 'strategy', 'events', 'micro-batches', 'again', 'given back', 'died'];
  const cells = (row: Row) => [
    ...[
      String(row.k),
      String(row.c),
      row.strategy,
      row.events,
      row.deliveries,
      row.redelivered,
      row.returned,
      row.died,
    ],
    ...[row.tally.batches, row.tally.lost, row.tally.doubled, row.tally.wrongSized],
  ];
  return [
    {
      title: 'Exactness in numbers',
      text: `${total(({ events }) => events).toLocaleString('en-US')} events, read back from the table and compared with what was delivered.`,
      head: [...head, 'batches', 'lost', 'doubled', 'wrong size'],
      rows: alive.map(cells),
      notes: [],
    },
    {
      title: 'Exactness when processes die',
      text: `Of a hundred micro-batches, ${DIES_PERCENT} kill the process that counts them, at one of its first requests, which is carried out or not. A new process gets the micro-batch again.`,
      head: [...head, 'batches', 'lost', 'doubled', 'wrong size'],
      rows: dead.map(cells),
      notes: [],
    },
  ];
}
