import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogRecord, PartitionKey } from '../../src/core/window.ts';
import type { Log } from '../../src/log/log.ts';
import { encodedBytes, RECORD_BYTES_MAX } from '../../src/log/record.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { fullRecord, hexDigits, plainRecord, realisticEvent, seeded } from './records.ts';

export interface LogDriver {
  name: string;
  open(): Promise<{ log: Log; close(): Promise<void> }>;
  skip?: { test: string; reason: string }[];
}

/** What every driver of the log port must do. */
export function describeLog(driver: LogDriver): void {
  describe(`log: ${driver.name}`, () => {
    let log: Log;
    let close: () => Promise<void>;
    let partitions = 0;
    beforeAll(async () => {
      ({ log, close } = await driver.open());
    });
    afterAll(() => close());

    function freshKey(): PartitionKey {
      partitions += 1;
      return { route: 'log-contract', partition: `partition ${partitions}` };
    }

    function check(name: string, body: () => Promise<void>): void {
      const skipped = driver.skip?.find((entry) => entry.test === name);
      test.skipIf(skipped !== undefined)(skipped ? `${name} (skipped: ${skipped.reason})` : name, body);
    }

    check('a log without records has no tail and reads as empty', async () => {
      const key = freshKey();
      expect(await log.tail(key)).toBeNull();
      expect(await log.get(key, 1)).toBeNull();
      expect(await log.readForward(key, 1, 10)).toEqual([]);
      expect(await log.readBackward(key, 100, 10)).toEqual([]);
    });

    check('every read gives back exactly what was appended', async () => {
      const key = freshKey();
      const random = seeded(1);
      const first = fullRecord(key, 1, [realisticEvent(random, 1), realisticEvent(random, 2)]);
      const second = plainRecord(2, 5);
      expect(await log.append(key, first)).toEqual({ committed: true });
      expect(await log.tail(key)).toEqual(first);
      expect(await log.append(key, second)).toEqual({ committed: true });
      expect(await log.tail(key)).toEqual(second);
      expect(await log.get(key, 1)).toEqual(first);
      expect(await log.get(key, 2)).toEqual(second);
      expect(await log.get(key, 3)).toBeNull();
      expect(await log.readForward(key, 1, 10)).toEqual([first, second]);
      expect(await log.readBackward(key, 3, 10)).toEqual([second, first]);
    });

    check('of 200 concurrent appends of one seq exactly one commits, and it stays', async () => {
      const key = freshKey();
      const tries = Array.from({ length: 200 }, (_, mark) => plainRecord(1, mark));
      const results = await Promise.all(tries.map((record) => log.append(key, record)));
      const winners = tries.filter((_, index) => results[index]?.committed);
      expect(winners).toHaveLength(1);
      expect(await log.tail(key)).toEqual(winners[0]);
      for (const result of results) {
        if (!result.committed && result.winner !== null) expect(result.winner).toEqual(winners[0]);
      }
      expect(await log.readForward(key, 0, 1000)).toEqual(winners);
    });

    check('concurrent writers that read on after a conflict leave a log without gaps', async () => {
      const key = freshKey();
      const committed: LogRecord[] = [];
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let written = 0; written < 5; ) {
          const record = plainRecord(((await log.tail(key))?.seq ?? 0) + 1, writer * 100 + written);
          const { committed: won } = await log.append(key, record);
          if (!won) continue;
          committed.push(record);
          written += 1;
        }
      });
      await Promise.all(writers);
      const stored = await readAll(log, key);
      expect(stored.map((record) => record.seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect(stored).toEqual(committed.sort((a, b) => a.seq - b.seq));
    });

    check('a refused append changes nothing', async () => {
      const key = freshKey();
      await log.append(key, plainRecord(1, 1));
      const result = await log.append(key, plainRecord(1, 2));
      expect(result.committed).toBe(false);
      expect(await log.readForward(key, 1, 10)).toEqual([plainRecord(1, 1)]);
    });

    check('the same append again is a conflict, not a second commit', async () => {
      const key = freshKey();
      await log.append(key, plainRecord(1, 1));
      expect(await log.append(key, plainRecord(1, 1))).toMatchObject({ committed: false });
    });

    check('a conflict hands over the winner', async () => {
      const key = freshKey();
      await log.append(key, plainRecord(1, 1));
      expect(await log.append(key, plainRecord(1, 2))).toEqual({
        committed: false,
        winner: plainRecord(1, 1),
      });
    });

    check('ranges are inclusive forward, exclusive backward, and ordered by number', async () => {
      const key = freshKey();
      for (let seq = 1; seq <= 12; seq += 1) await log.append(key, plainRecord(seq, seq));
      const seqs = async (records: Promise<LogRecord[]>) => (await records).map((record) => record.seq);
      expect(await seqs(log.readForward(key, 9, 3))).toEqual([9, 10, 11]);
      expect(await seqs(log.readForward(key, 12, 5))).toEqual([12]);
      expect(await seqs(log.readForward(key, 13, 5))).toEqual([]);
      expect(await seqs(log.readForward(key, -5, 2))).toEqual([1, 2]);
      expect(await seqs(log.readForward(key, Number.POSITIVE_INFINITY, 2))).toEqual([]);
      expect(await seqs(log.readBackward(key, 11, 3))).toEqual([10, 9, 8]);
      expect(await seqs(log.readBackward(key, 1, 3))).toEqual([]);
      expect(await seqs(log.readBackward(key, -1, 3))).toEqual([]);
      expect(await seqs(log.readBackward(key, Number.POSITIVE_INFINITY, 2))).toEqual([12, 11]);
      expect(await seqs(log.readForward(key, 1, 0))).toEqual([]);
    });

    check('large records are read in pages, none missing, none twice', async () => {
      const key = freshKey();
      const random = seeded(2);
      const records = Array.from({ length: 7 }, (_, index) => largeRecord(key, index + 1, random));
      for (const record of records) {
        // Nearly the largest there may be, so that one read cannot return them all.
        expect(encodedBytes(key, record)).toBeGreaterThan(RECORD_BYTES_MAX * 0.9);
        expect(encodedBytes(key, record)).toBeLessThanOrEqual(RECORD_BYTES_MAX);
        await log.append(key, record);
      }
      expect(await readAll(log, key)).toEqual(records);
      const backward: LogRecord[] = [];
      for (;;) {
        const page = await log.readBackward(key, backward.at(-1)?.seq ?? Number.POSITIVE_INFINITY, 100);
        if (page.length === 0) break;
        backward.push(...page);
      }
      expect(backward.reverse()).toEqual(records);
    });

    check('a caller that changes what it appended or read does not change the log', async () => {
      const key = freshKey();
      const record = fullRecord(key, 1, [realisticEvent(seeded(3), 1)]);
      const before = structuredClone(record);
      await log.append(key, record);
      record.state.epoch = 'changed';
      const read = await log.tail(key);
      if (read) read.events.length = 0;
      expect(await log.tail(key)).toEqual(before);
    });

    check('no two partitions share a log, however alike their names', async () => {
      for (const [index, partition] of ODD_TEXTS.entries()) {
        const key = { route: 'odd', partition };
        expect(await log.append(key, plainRecord(1, index))).toEqual({ committed: true });
      }
      await log.append({ route: 'odd-2', partition: 'a' }, plainRecord(1, 99));
      for (const [index, partition] of ODD_TEXTS.entries()) {
        expect((await log.tail({ route: 'odd', partition }))?.state.next).toBe(index);
      }
    });

    check('a seq that is no positive integer is refused', async () => {
      const key = freshKey();
      for (const seq of [0, -1, 1.5, Number.NaN, 10 ** 12]) {
        await expect(log.append(key, plainRecord(seq, 1))).rejects.toBeInstanceOf(RangeError);
      }
      expect(await log.tail(key)).toBeNull();
    });
  });
}

function largeRecord(key: PartitionKey, seq: number, random: () => number): LogRecord {
  const events = Array.from({ length: 350 }, (_, number) => ({
    ...realisticEvent(random, number),
    key: hexDigits(random, 960),
    etag: hexDigits(random, 620),
  }));
  return fullRecord(key, seq, events);
}

async function readAll(log: Log, key: PartitionKey): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (;;) {
    const page = await log.readForward(key, (found.at(-1)?.seq ?? 0) + 1, 1000);
    if (page.length === 0) return found;
    found.push(...page);
  }
}
