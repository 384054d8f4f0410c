import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Flush, Flushes, Pin } from '../../src/flushes/flushes.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { START } from './records.ts';

export interface FlushesDriver {
  name: string;
  open(): Promise<{ flushes: Flushes; close(): Promise<void> }>;
}

/** What every driver of the flushes port must do. */
export function describeFlushes(driver: FlushesDriver): void {
  describe(`flushes: ${driver.name}`, () => {
    let flushes: Flushes;
    let close: () => Promise<void>;
    let ids = 0;
    beforeAll(async () => {
      ({ flushes, close } = await driver.open());
    });
    afterAll(() => close());

    function freshId(): string {
      ids += 1;
      return `sales/${ids}/2026-11-23T09:00`;
    }

    test('a flush is unknown until it is asked for', async () => {
      const flush = flushOf(freshId(), 'ana');
      expect(await flushes.find(flush.id)).toBeNull();
      expect(await flushes.ask(flush)).toEqual(flush);
      expect(await flushes.find(flush.id)).toEqual(flush);
    });

    test('the first request with an id wins for ever', async () => {
      const id = freshId();
      await flushes.ask(flushOf(id, 'ana'));
      expect(await flushes.ask({ ...flushOf(id, 'ben'), minEvents: 99 })).toEqual(flushOf(id, 'ana'));
      expect(await flushes.find(id)).toEqual(flushOf(id, 'ana'));
    });

    test('of 50 concurrent requests with one id all get the same flush', async () => {
      const id = freshId();
      const asked = await Promise.all(
        Array.from({ length: 50 }, (_, index) => flushes.ask(flushOf(id, `asker ${index}`))),
      );
      expect(new Set(asked.map((flush) => flush.who)).size).toBe(1);
      expect(await flushes.find(id)).toEqual(asked[0]);
    });

    test('a flush of everything, without a note, is kept as it is', async () => {
      const { note: _note, ...flush } = { ...flushOf(freshId(), 'ana'), scope: {} };
      await flushes.ask(flush);
      expect(await flushes.find(flush.id)).toStrictEqual(flush);
    });

    test('a pin stays what it was first, whoever pins later', async () => {
      const id = freshId();
      expect(await flushes.pin(id, pinOf('acme', 7))).toEqual(pinOf('acme', 7));
      expect(await flushes.pin(id, pinOf('acme', 8))).toEqual(pinOf('acme', 7));
      expect(await flushes.pin(id, nonePin('acme'))).toEqual(pinOf('acme', 7));
    });

    test('a pin of no window stays that too', async () => {
      const id = freshId();
      expect(await flushes.pin(id, nonePin('acme'))).toEqual(nonePin('acme'));
      expect(await flushes.pin(id, pinOf('acme', 8))).toEqual(nonePin('acme'));
      expect(await flushes.pins(id)).toEqual([nonePin('acme')]);
    });

    test('of 50 concurrent pins of one partition all get the same window', async () => {
      const id = freshId();
      const pinned = await Promise.all(
        Array.from({ length: 50 }, (_, index) => flushes.pin(id, pinOf('acme', index + 1))),
      );
      expect(new Set(pinned.map((pin) => pin.window?.seq)).size).toBe(1);
      expect(await flushes.pins(id)).toEqual([pinned[0]]);
    });

    test('the pins of a flush are its own, and the flush itself is none of them', async () => {
      const [a, b] = [freshId(), freshId()];
      await flushes.ask(flushOf(a, 'ana'));
      await flushes.pin(a, pinOf('acme', 1));
      await flushes.pin(a, { ...pinOf('acme', 2), route: 'partners' });
      await flushes.pin(b, pinOf('acme', 3));
      const pins = await flushes.pins(a);
      expect(pins).toHaveLength(2);
      expect(pins).toEqual(
        expect.arrayContaining([pinOf('acme', 1), { ...pinOf('acme', 2), route: 'partners' }]),
      );
      expect(await flushes.pins(freshId())).toEqual([]);
    });

    test('a flush may pin more partitions than fit one answer of the engine', async () => {
      const id = freshId();
      const partitions = Array.from({ length: 600 }, (_, index) => `${'x'.repeat(900)}${index}`);
      for (let start = 0; start < partitions.length; start += 50) {
        await Promise.all(partitions.slice(start, start + 50).map((one) => flushes.pin(id, pinOf(one, 1))));
      }
      const pins = await flushes.pins(id);
      expect(new Set(pins.map((pin) => pin.partition))).toEqual(new Set(partitions));
      expect(pins).toHaveLength(600);
    });

    test('ids and partitions of any text are kept apart', async () => {
      for (const [index, odd] of ODD_TEXTS.entries()) {
        const flush = { ...flushOf(odd, odd), note: odd, minEvents: index + 1 };
        expect(await flushes.ask(flush)).toEqual(flush);
        await flushes.pin('odd', pinOf(odd, index + 1));
      }
      for (const [index, odd] of ODD_TEXTS.entries()) {
        expect(await flushes.find(odd)).toMatchObject({ id: odd, note: odd, minEvents: index + 1 });
        expect(await flushes.pin('odd', nonePin(odd))).toEqual(pinOf(odd, index + 1));
      }
      expect(await flushes.pins('odd')).toHaveLength(ODD_TEXTS.length);
    });

    test('a caller that changes what it wrote or read does not change what is stored', async () => {
      const flush = flushOf(freshId(), 'ana');
      await flushes.ask(flush);
      flush.scope.route = 'changed';
      const read = await flushes.find(flush.id);
      if (read) read.who = 'changed';
      expect(await flushes.find(flush.id)).toEqual(flushOf(flush.id, 'ana'));
    });
  });
}

function flushOf(id: string, who: string): Flush {
  const scope = { route: 'sales', partition: 'acme' };
  return { id, reason: 'manual', askedAt: START, who, note: 'before the audit', scope, minEvents: 1 };
}

function pinOf(partition: string, seq: number): Pin {
  return { route: 'sales', partition, window: { epoch: 'e1', seq, count: 34 } };
}

function nonePin(partition: string): Pin {
  return { route: 'sales', partition, window: null, skipped: { why: 'empty', count: 0 } };
}
