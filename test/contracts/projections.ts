import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PartitionKey } from '../../src/core/window.ts';
import type {
  BatchItem,
  PartitionPosition,
  Projections,
  StatusChange,
} from '../../src/projections/projections.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { START } from './records.ts';

export interface ProjectionsDriver {
  name: string;
  open(): Promise<{ projections: Projections; close(): Promise<void> }>;
  /** How many random orders to try; engines behind a network get fewer. */
  runs: number;
}

/** What every driver of the projections port must do. */
export function describeProjections(driver: ProjectionsDriver): void {
  describe(`projections: ${driver.name}`, () => {
    let projections: Projections;
    let close: () => Promise<void>;
    let routes = 0;
    beforeAll(async () => {
      ({ projections, close } = await driver.open());
    });
    afterAll(() => close());

    function freshRoute(): string {
      routes += 1;
      return `route-${routes}`;
    }

    function freshKey(): PartitionKey {
      return { route: freshRoute(), partition: 'acme' };
    }

    test('a partition is unknown until it is registered, and empty then', async () => {
      const key = freshKey();
      expect(await projections.partition(key)).toBeNull();
      await projections.register(key);
      expect(await projections.partition(key)).toEqual({ ...key, position: null, settledTo: 0 });
    });

    test('registering again changes nothing', async () => {
      const key = freshKey();
      await projections.register(key);
      await projections.advance(key, position('e1', 3));
      await projections.settle(key, 'e1', 2);
      await Promise.all([projections.register(key), projections.register(key)]);
      expect(await projections.partition(key)).toEqual({ ...key, position: position('e1', 3), settledTo: 2 });
    });

    test('positions go forward only, in whatever order and however often they arrive', async () => {
      const all = ['e1', 'e2'].flatMap((epoch) => [1, 2, 9, 10, 11].map((record) => position(epoch, record)));
      const order = fc.tuple(fc.shuffledSubarray(all, { minLength: 1 }), fc.boolean());
      await fc.assert(
        fc.asyncProperty(order, async ([arriving, atOnce]) => {
          const key = freshKey();
          await projections.register(key);
          const twice = [...arriving, ...arriving.slice(0, 3)];
          if (atOnce) await Promise.all(twice.map((one) => projections.advance(key, one)));
          else for (const one of twice) await projections.advance(key, one);
          const latest = [...arriving].sort((a, b) => all.indexOf(a) - all.indexOf(b)).at(-1);
          expect((await projections.partition(key))?.position).toEqual(latest);
        }),
        { numRuns: driver.runs },
      );
    });

    test('what is settled goes forward only, and counts for its own epoch alone', async () => {
      const all = ['e1', 'e2'].flatMap((epoch) => [1, 2, 9, 10].map((to) => ({ epoch, to })));
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 1 }), async (arriving) => {
          const key = freshKey();
          await projections.register(key);
          await projections.advance(key, position('e2', 1));
          for (const { epoch, to } of arriving) await projections.settle(key, epoch, to);
          const settled = Math.max(0, ...arriving.filter(({ epoch }) => epoch === 'e2').map(({ to }) => to));
          expect((await projections.partition(key))?.settledTo).toBe(settled);
        }),
        { numRuns: driver.runs },
      );
    });

    test('what was settled in an earlier epoch says nothing about a later one', async () => {
      const key = freshKey();
      await projections.register(key);
      await projections.settle(key, 'e1', 7);
      expect((await projections.partition(key))?.settledTo).toBe(0);
      await projections.advance(key, position('e1', 1));
      expect((await projections.partition(key))?.settledTo).toBe(7);
      await projections.advance(key, position('e2', 1));
      expect((await projections.partition(key))?.settledTo).toBe(0);
    });

    test('position and settled batches do not disturb each other', async () => {
      const key = freshKey();
      await projections.register(key);
      const numbers = [1, 2, 3, 4, 5];
      await Promise.all([
        ...numbers.map((record) => projections.advance(key, position('e1', record))),
        ...numbers.map((to) => projections.settle(key, 'e1', to)),
      ]);
      expect(await projections.partition(key)).toEqual({ ...key, position: position('e1', 5), settledTo: 5 });
    });

    test('1,000 partitions are listed in byte order, page by page, none missing, none twice', async () => {
      const route = freshRoute();
      // Astral characters come after U+FFFF in bytes, before it in UTF-16.
      const names = Array.from({ length: 1000 }, (_, index) =>
        String.fromCodePoint(
          index % 3 === 0 ? 0x1f600 + index : index % 3 === 1 ? 0xff00 + (index >> 3) : 0x61 + index,
        ),
      );
      const unique = [...new Set(names.map((name, index) => `${name}${index}`))];
      await inGroups(unique, 50, (partition) => projections.register({ route, partition }));
      await projections.register({ route: `${route}-other`, partition: 'not this one' });

      const listed: string[] = [];
      for (;;) {
        const after = listed.at(-1);
        const page = await projections.partitions(route, {
          limit: 100,
          ...(after !== undefined && { after }),
        });
        listed.push(...page.items.map((item) => item.partition));
        expect(page.items).toHaveLength(100);
        expect(page.more).toBe(listed.length < 1000);
        if (!page.more) break;
      }
      expect(listed).toEqual(unique.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    });

    test('no two partitions share an item, however alike their names, and the list has them all', async () => {
      const route = freshRoute();
      for (const [index, partition] of ODD_TEXTS.entries()) {
        await projections.register({ route, partition });
        await projections.advance({ route, partition }, position('e1', index + 1));
      }
      for (const [index, partition] of ODD_TEXTS.entries()) {
        const item = await projections.partition({ route, partition });
        expect(item).toEqual({ route, partition, position: position('e1', index + 1), settledTo: 0 });
      }
      const listed: string[] = [];
      for (let more = true; more; ) {
        const after = listed.at(-1);
        const page = await projections.partitions(route, { limit: 3, ...(after !== undefined && { after }) });
        listed.push(...page.items.map((item) => item.partition));
        more = page.more;
      }
      expect(listed).toHaveLength(ODD_TEXTS.length);
      expect(new Set(listed)).toEqual(new Set(ODD_TEXTS));
    });

    test('every route that registered a partition is known, once', async () => {
      const [a, b] = [freshRoute(), freshRoute()];
      await projections.register({ route: a, partition: '1' });
      await projections.register({ route: a, partition: '2' });
      await projections.register({ route: b, partition: '' });
      const known = (await projections.routes()).filter((route) => route === a || route === b);
      expect(known.sort()).toEqual([a, b].sort());
    });

    test('a batch is unknown until it started, and a status before that is not kept', async () => {
      const item = batchItem(freshRoute(), 1);
      await projections.batchStatus(item, { status: 'succeeded', redrives: 0, endedAt: START + 9 });
      expect(await projections.batch(item)).toBeNull();
      expect(await projections.batches(item.route, { limit: 10 })).toEqual({ items: [], more: false });
      await projections.batchStarted(item);
      expect(await projections.batch(item)).toEqual(item);
    });

    test('a batch that is started again after it finished stays finished', async () => {
      const item = batchItem(freshRoute(), 1);
      await projections.batchStarted(item);
      const end: StatusChange = { status: 'failed', redrives: 0, endedAt: START + 9, error: 'E', cause: 'C' };
      await projections.batchStatus(item, end);
      await projections.batchStarted(item);
      expect(await projections.batch(item)).toEqual({ ...item, ...end });
    });

    test('a batch written as finished from the log is finished', async () => {
      const item = { ...batchItem(freshRoute(), 1), status: 'succeeded' as const, endedAt: START + 9 };
      await projections.batchStarted({ ...item, status: 'running' });
      await projections.batchStarted(item);
      expect(await projections.batch(item)).toMatchObject({ status: 'succeeded', endedAt: START + 9 });
    });

    test('a redrive takes back an end with all that belongs to it', async () => {
      const item = batchItem(freshRoute(), 1);
      await projections.batchStarted(item);
      await projections.batchStatus(item, {
        status: 'failed',
        redrives: 0,
        endedAt: START + 9,
        error: 'E',
        cause: 'C',
      });
      await projections.batchStatus(item, { status: 'running', redrives: 1 });
      expect(await projections.batch(item)).toEqual({ ...item, redrives: 1 });
    });

    test('statuses go forward only, in whatever order and however often they arrive', async () => {
      const changes: StatusChange[] = [
        { status: 'running', redrives: 0 },
        { status: 'failed', redrives: 0, endedAt: START + 5, error: 'States.TaskFailed', cause: 'no \ud800' },
        { status: 'running', redrives: 1 },
        { status: 'timed-out', redrives: 1, endedAt: START + 8 },
        { status: 'running', redrives: 10 },
        { status: 'succeeded', redrives: 10, endedAt: START + 9 },
      ];
      const order = fc.tuple(fc.shuffledSubarray(changes), fc.nat({ max: 6 }), fc.boolean());
      await fc.assert(
        fc.asyncProperty(order, async ([arriving, startAt, startAgain]) => {
          const item = batchItem(freshRoute(), 1);
          for (const [index, change] of arriving.entries()) {
            if (index === startAt) await projections.batchStarted(item);
            await projections.batchStatus(item, change);
            await projections.batchStatus(item, change);
          }
          if (startAgain || startAt >= arriving.length) await projections.batchStarted(item);
          const kept = arriving.slice(startAt).map((change) => changes.indexOf(change));
          const { status: _status, redrives: _redrives, ...lasting } = item;
          expect(await projections.batch(item)).toEqual({ ...lasting, ...changes[Math.max(0, ...kept)] });
        }),
        { numRuns: driver.runs },
      );
    });

    test('the first of two ends of one run stays', async () => {
      const item = batchItem(freshRoute(), 1);
      await projections.batchStarted(item);
      await projections.batchStatus(item, { status: 'aborted', redrives: 0, endedAt: START + 5 });
      await projections.batchStatus(item, { status: 'succeeded', redrives: 0, endedAt: START + 6 });
      expect(await projections.batch(item)).toMatchObject({ status: 'aborted', endedAt: START + 5 });
    });

    test('batches are listed newest first, page by page, those of one instant by their ids', async () => {
      const route = freshRoute();
      const items = Array.from({ length: 25 }, (_, index) => batchItem(route, index + 1));
      await Promise.all(items.map((item) => projections.batchStarted(item)));
      await projections.batchStarted(batchItem(`${route}-other`, 1));
      const listed: BatchItem[] = [];
      for (let more = true; more; ) {
        const before = listed.at(-1);
        const page = await projections.batches(route, { limit: 5, ...(before !== undefined && { before }) });
        listed.push(...page.items);
        more = page.more;
        expect(page.items).toHaveLength(5);
      }
      const newestFirst = (a: BatchItem, b: BatchItem) => b.closedAt - a.closedAt || (a.id < b.id ? 1 : -1);
      expect(listed).toEqual(items.sort(newestFirst));
      expect(await projections.batches(route, { limit: 25 })).toMatchObject({ more: false });
      expect(await projections.batches(route, { limit: 24 })).toMatchObject({ more: true });
    });

    test('batches since an instant are listed oldest first, page by page, those of the instant itself too', async () => {
      const route = freshRoute();
      const items = Array.from({ length: 25 }, (_, index) => batchItem(route, index + 1));
      await Promise.all(items.map((item) => projections.batchStarted(item)));
      const since = items[6]?.closedAt ?? 0;
      const listed: BatchItem[] = [];
      for (let more = true; more; ) {
        const after = listed.at(-1);
        const page = await projections.batchesSince(route, { since, limit: 4, ...(after && { after }) });
        listed.push(...page.items);
        more = page.more;
      }
      const oldestFirst = (a: BatchItem, b: BatchItem) => a.closedAt - b.closedAt || (a.id < b.id ? -1 : 1);
      expect(listed).toEqual(items.filter(({ closedAt }) => closedAt >= since).sort(oldestFirst));
      expect(listed[0]?.closedAt).toBe(since);
      const all = { since: Number.NEGATIVE_INFINITY, limit: 100 };
      expect((await projections.batchesSince(route, all)).items).toHaveLength(25);
      const none = await projections.batchesSince(route, { since: Number.MAX_VALUE, limit: 100 });
      expect(none).toEqual({ items: [], more: false });
    });

    test('of those who keep what has not ended, one goes on from each version, and the others are told', async () => {
      const route = freshRoute();
      expect(await projections.unended(route)).toBeNull();
      const kept = (version: number, to: number) => ({ version, to, batches: [{ closedAt: to, id: 'a' }] });
      const first = await Promise.all([1, 2, 3, 4].map((to) => projections.keepUnended(route, kept(1, to))));
      expect(first.filter(Boolean)).toHaveLength(1);
      expect(await projections.unended(route)).toEqual(kept(1, first.indexOf(true) + 1));
      expect(await projections.keepUnended(route, kept(2, 7))).toBe(true);
      expect(await projections.keepUnended(route, kept(2, 8))).toBe(false);
      expect(await projections.keepUnended(route, kept(1, 9))).toBe(false);
      expect(await projections.unended(route)).toEqual(kept(2, 7));
      expect(await projections.unended(`${route}-other`)).toBeNull();
    });

    test('a page is whole though it is larger than one answer of the engine', async () => {
      const route = freshRoute();
      const cause = 'x'.repeat(32_000);
      const items = Array.from({ length: 60 }, (_, index) => ({ ...batchItem(route, index + 1), cause }));
      await inGroups(items, 10, (item) => projections.batchStarted(item));
      const page = await projections.batches(route, { limit: 60 });
      expect(page.items).toHaveLength(60);
      expect(page.more).toBe(false);
    });

    test('a caller that changes what it wrote or read does not change what is stored', async () => {
      const key = freshKey();
      const written = position('e1', 1);
      await projections.register(key);
      await projections.advance(key, written);
      if (written.window) written.window.deadline = 0;
      const read = await projections.partition(key);
      if (read?.position) read.position.lastBatch = null;
      expect((await projections.partition(key))?.position).toEqual(position('e1', 1));

      const item = batchItem(key.route, 1);
      await projections.batchStarted(item);
      item.pipeline.name = 'changed';
      const stored = await projections.batch(item);
      if (stored) stored.status = 'aborted';
      expect(await projections.batch(item)).toEqual(batchItem(key.route, 1));
    });
  });
}

function position(epoch: string, record: number): PartitionPosition {
  return {
    epoch,
    record,
    windowSeq: record + 1,
    window: {
      openedAt: START + record,
      deadline: START + record + 3_600_000,
      limits: { count: 100, windowMs: 3_600_000 },
      policyVersion: '0123456789',
    },
    lastBatch: {
      id: `sales-${epoch}-${record}`,
      seq: record,
      reason: 'count',
      closedAt: START + record,
      count: 100,
    },
  };
}

/** Three batches share each closing time. */
function batchItem(route: string, seq: number): BatchItem {
  const closedAt = START + Math.floor(seq / 3) * 1000;
  return {
    route,
    partition: 'a\ud800b',
    epoch: 'e1',
    id: `${route}-0123456789ab-${seq}-0123456789ab`,
    seq,
    from: seq * 100,
    to: seq * 100 + 100,
    firstRecord: seq,
    lastRecord: seq,
    reason: 'time',
    openedAt: closedAt - 60_000,
    deadline: closedAt - 40,
    closedAt,
    count: 100,
    bytes: 5_000_000,
    policyVersion: '0123456789',
    by: { flushId: 'f', who: 'ana' },
    pipeline: { name: 'process-files', stateMachineArn: 'arn:aws:states:…' },
    execution: `${route}-${seq}`,
    startedAt: closedAt + 12,
    latenessMs: 40,
    status: 'running',
    redrives: 0,
  };
}

async function inGroups<Entry>(
  entries: Entry[],
  size: number,
  each: (entry: Entry) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < entries.length; start += size) {
    await Promise.all(entries.slice(start, start + size).map(each));
  }
}
