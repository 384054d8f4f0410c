import { beforeAll, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/core/window.ts';
import { check } from './checker.ts';
import { fileAt, quietWorld, salesRoute, verdict } from './quiet-world.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
const EIGHT = Date.UTC(2026, 10, 23, 8);

/** A healthy world with a count batch, a flushed batch and a time batch, of 10, 5 and 5 files. */
async function healthyWorld(): Promise<World> {
  const world = quietWorld(EIGHT, { routes: [salesRoute(10, 30 * MINUTE_MS)], reconcileMs: 5 * MINUTE_MS });
  for (let number = 0; number < 20; number++) {
    const time = EIGHT + (1 + number) * MINUTE_MS;
    world.queue.putAt(time, fileAt(time, `${number}.csv`));
  }
  const flush = { id: 'flush', reason: 'manual', who: 'somebody', scope: {}, minEvents: 1 } as const;
  world.scheduler.at(EIGHT + 15.5 * MINUTE_MS, 'flush', () => world.askers.ask(flush));
  await world.scheduler.runUntil(EIGHT + 60 * MINUTE_MS);
  expect(await verdict(world)).toEqual([]);
  return world;
}

/** The same world with records read back otherwise than they were written. */
function misread(world: World, change: (record: LogRecord) => LogRecord | null): World {
  const { log } = world;
  const readForward = async (...args: Parameters<typeof log.readForward>) => {
    const records = await log.readForward(...args);
    return records.flatMap((record) => change(structuredClone(record)) ?? []);
  };
  return { ...world, log: { ...log, readForward } };
}

function changeRecord(seq: number, change: (record: LogRecord) => void) {
  return (world: World) =>
    misread(world, (record) => {
      if (record.seq === seq) change(record);
      return record;
    });
}

function changeClosed(change: (batch: LogRecord['closed'][number]) => void) {
  return (world: World) =>
    misread(world, (record) => {
      record.closed.forEach(change);
      return record;
    });
}

function misremember(change: (history: World['history']) => void) {
  return (world: World) => {
    const history = structuredClone(world.history);
    change(history);
    return { ...world, history };
  };
}

function changeCalls(change: (calls: World['executions']['calls'][number][]) => unknown) {
  return (world: World): World => {
    const calls = structuredClone([...world.executions.calls]);
    change(calls);
    return { ...world, executions: { ...world.executions, calls } };
  };
}

const damages: [string, RegExp, (world: World) => World][] = [
  ['an event is missing', /^lost: /, changeRecord(3, (record) => record.events.pop())],
  [
    'an event was never acknowledged',
    /^lost: .* never/,
    misremember((history) => history.acknowledged.pop()),
  ],
  ['an event is there twice', /: twice: /, changeRecord(3, (record) => record.events.push(...record.events))],
  ['an event is made up', /^made up: /, changeRecord(3, ({ events }) => (events[0] = fileAt(1, 'x.csv')))],
  ['an event has another size', /^made up: /, changeRecord(3, ({ events }) => (events[0]!.size += 1))],
  [
    'a record is missing',
    /: order: /,
    (world) => misread(world, (record) => (record.seq === 4 ? null : record)),
  ],
  ['time goes back', /: order: its time/, changeRecord(4, (record) => (record.at -= 10 * MINUTE_MS))],
  ['a batch number is left out', /: order: /, changeClosed((batch) => (batch.seq += batch.seq > 1 ? 1 : 0))],
  ['a count batch has one event less', /: count: 9 events/, changeClosed((batch) => (batch.count -= 1))],
  ['a batch overlaps another', /: order: /, changeClosed((batch) => (batch.from -= batch.from > 0 ? 1 : 0))],
  ['a reason is wrong', /: fold: /, changeClosed((batch) => (batch.reason = 'bytes'))],
  ['a stored state differs', /: fold: watermark/, changeRecord(4, ({ state }) => (state.watermark += 1))],
  [
    'a stored window differs',
    /: fold: window openedAt/,
    changeRecord(4, ({ state }) => (state.window!.openedAt -= 1)),
  ],
  ['a record was changed later', /append-only/, changeRecord(4, ({ events }) => (events[0]!.etag = 'other'))],
  [
    'a policy changed in an open window',
    /: policy: /,
    changeClosed((batch) => (batch.policyVersion = 'other')),
  ],
  ['a policy was never configured', /policy: it was never/, misremember((history) => history.policies.pop())],
  [
    'a window closed early',
    /: early: /,
    misremember(({ commits }) => {
      for (const commit of commits) commit.clockMax -= MINUTE_MS;
    }),
  ],
  [
    'a window closed late',
    /^late: /,
    misremember(({ commits }) => {
      for (const commit of commits) if (commit.seq > 20) commit.trueAt += 60 * MINUTE_MS;
    }),
  ],
  ['an execution is missing', /never started/, changeCalls((calls) => calls.pop())],
  ['an execution began twice', /began more than once/, changeCalls((calls) => calls.push({ ...calls[0]! }))],
  [
    'an execution is no batch’s',
    /is no batch's/,
    changeCalls((calls) => calls.push({ ...calls[0]!, name: 'other' })),
  ],
  [
    'a second start had another input',
    /different inputs/,
    changeCalls((calls) => calls.push({ ...calls[0]!, already: true, input: calls[1]!.input })),
  ],
  [
    'an execution ran on another state machine',
    /ran on/,
    changeCalls((calls) => {
      for (const { pipeline } of calls) pipeline.stateMachineArn = 'arn:other';
    }),
  ],
  ['an input is another batch’s', /input has/, changeCalls((calls) => (calls[0]!.input = calls[1]!.input))],
  [
    'a flush closed three windows',
    /^flush: .* closed 3 windows/,
    changeClosed((batch) =>
      Object.assign(batch, { reason: 'manual', by: { flushId: 'flush', who: 'somebody' } }),
    ),
  ],
  ['nobody asked for a flush', /unasked/, misremember((history) => history.flushes.pop())],
  [
    'a flush left the window open that it was asked for',
    /forgotten here/,
    (world) => ({ ...world, flushes: { ...world.flushes, pins: async () => [] } }),
  ],
  [
    'a partition is not settled',
    /^projection: .* settled to 0 of 3/,
    (world) => ({
      ...world,
      projections: {
        ...world.projections,
        partition: async (key) => ({ ...(await world.projections.partition(key))!, settledTo: 0 }),
      },
    }),
  ],
  [
    'a batch item is missing',
    /has no item/,
    (world) => ({
      ...world,
      projections: { ...world.projections, batches: async () => ({ items: [], more: false }) },
    }),
  ],
  [
    'an announcement is missing',
    /^announcement: .* missing/,
    (world) => ({ ...world, announced: world.announced.slice(1) }),
  ],
  [
    'an announcement is of no batch',
    /is no batch/,
    (world) => {
      const [first] = structuredClone(world.announced);
      first!.batch.id = 'other';
      return { ...world, announced: [...world.announced, first!] };
    },
  ],
  ['a service made a mistake', /^mistake: /, misremember((history) => history.mistakes.push('TypeError'))],
  ['puts are wasted', /^work: /, misremember((history) => (history.logCalls.append = 10_000))],
];

describe('the checker', () => {
  let world: World;
  beforeAll(async () => {
    world = await healthyWorld();
  });

  it('finds nothing wrong with a healthy world, again and again', async () => {
    expect(await check(world, EIGHT)).toEqual([]);
  });

  it.each(damages)('sees that %s', async (_damage, expected, inflict) => {
    const violations = await check(inflict(world), world.scheduler.now());
    expect(violations).toContainEqual(expect.stringMatching(expected));
  });
});
