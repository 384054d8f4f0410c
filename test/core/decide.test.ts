import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSED_MAX, type CloseDecision, decide } from '../../src/core/decide.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import { type Limits, policyOf } from '../../src/core/policy.ts';
import type { Batch, LogRecord } from '../../src/core/window.ts';

const KEY = { route: 'sales', partition: '' };
const EPOCH = '0epoch';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const EIGHT = Date.parse('2026-01-05T08:00:00Z');

function policy(limits: Partial<Limits> = {}) {
  return policyOf({
    limits: { count: 100, windowMs: HOUR, ...limits },
    pipeline: { name: 'process-files', stateMachineArn: 'arn:aws:states:eu-central-1:1:stateMachine:p' },
  });
}

function event(arrival: number, size = 10): ObjectEvent {
  const name = `${arrival.toString(36)}-${Math.abs(size)}`;
  return {
    bucket: 'landing',
    key: `in/${name}.csv`,
    size,
    etag: '',
    sequencer: name,
    time: arrival,
    arrival,
  };
}

/** A log in an array, so that a test reads as what happened when. */
function log(limits: Partial<Limits> = {}) {
  const records: LogRecord[] = [];
  const current = policy(limits);
  return {
    records,
    append(now: number, events: ObjectEvent[], withPolicy = current) {
      let rest = events;
      while (rest.length > 0) {
        const command = { kind: 'append' as const, events: rest, policy: withPolicy, newEpoch: EPOCH };
        const decided = decide(KEY, records.at(-1) ?? null, command, now);
        if (decided.kind !== 'record') throw new Error(`append was decided as ${decided.kind}`);
        records.push(decided.record);
        rest = rest.slice(decided.taken);
      }
    },
    close(now: number, seq: number, cause: CloseDecision['cause'] = { kind: 'deadline' }, epoch = EPOCH) {
      const command = { kind: 'close' as const, window: { epoch, seq }, cause };
      const decided = decide(KEY, records.at(-1) ?? null, command, now);
      if (decided.kind === 'record') records.push(decided.record);
      return decided;
    },
    batches(): Batch[] {
      return records.flatMap(({ closed }) => closed);
    },
    window() {
      return records.at(-1)?.state.window ?? null;
    },
  };
}

describe('a window closes by count', () => {
  test('at the event that reaches the threshold, with exactly that many', () => {
    const it = log({ count: 3 });
    it.append(EIGHT, [event(EIGHT), event(EIGHT + 1)]);
    expect(it.batches()).toEqual([]);
    it.append(EIGHT + 2, [event(EIGHT + 2), event(EIGHT + 3)]);
    expect(it.batches()).toMatchObject([{ seq: 1, reason: 'count', count: 3, from: 0, to: 3 }]);
    expect(it.window()).toMatchObject({ start: 3, count: 1 });
  });

  test('several times in one record: 250 events make two batches and leave 50', () => {
    const it = log();
    it.append(
      EIGHT,
      Array.from({ length: 250 }, (_, index) => event(EIGHT - 250 + index)),
    );
    expect(it.records).toHaveLength(1);
    expect(it.batches()).toMatchObject([
      { seq: 1, from: 0, to: 100 },
      { seq: 2, from: 100, to: 200 },
    ]);
    expect(it.window()).toMatchObject({ start: 200, count: 50 });
  });

  test('at most a hundred times in one record; the rest of the events need the next', () => {
    const it = log({ count: 1 });
    it.append(
      EIGHT,
      Array.from({ length: 250 }, (_, index) => event(EIGHT - 250 + index)),
    );
    expect(it.records.length).toBeGreaterThan(2);
    for (const { closed } of it.records) expect(closed.length).toBeLessThanOrEqual(CLOSED_MAX);
    expect(it.batches().map(({ seq }) => seq)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
  });
});

describe('a window closes by time', () => {
  test('the textbook: 100 files from 8:00 to 8:40, then 75 from 8:41 that close at 9:41 with nothing arriving', () => {
    const it = log();
    for (let file = 0; file < 100; file += 1) {
      const at = EIGHT + (file * 40 * MINUTE) / 99;
      it.append(at, [event(at)]);
    }
    const first = EIGHT + 41 * MINUTE;
    for (let file = 0; file < 75; file += 1) it.append(first + file * SECOND, [event(first + file * SECOND)]);
    expect(it.batches()).toMatchObject([{ reason: 'count', count: 100, closedAt: EIGHT + 40 * MINUTE }]);

    expect(it.close(first + HOUR - 1, 2)).toEqual({ kind: 'early', at: first + HOUR });
    expect(it.close(first + HOUR, 2).kind).toBe('record');
    expect(it.batches()[1]).toMatchObject({ reason: 'time', count: 75, closedAt: EIGHT + 101 * MINUTE });
    expect(it.window()).toBeNull();
  });

  test('before an event that came after the deadline, though no timer ever fired', () => {
    const it = log();
    it.append(EIGHT, [event(EIGHT)]);
    it.append(EIGHT + HOUR, [event(EIGHT + HOUR)]);
    expect(it.batches()).toEqual([]);
    it.append(EIGHT + HOUR + 1, [event(EIGHT + HOUR + 1)]);
    expect(it.batches()).toMatchObject([{ reason: 'time', count: 2 }]);
    expect(it.window()).toMatchObject({ count: 1, openedAt: EIGHT + HOUR + 1 });
  });

  test('measured from arrival, not from commit: an event that waited in the queue opens the window back then', () => {
    const it = log();
    it.append(EIGHT + 10 * MINUTE, [event(EIGHT)]);
    expect(it.window()).toMatchObject({ openedAt: EIGHT });
  });

  test('a redelivered old event does not drag the next window into the past', () => {
    const it = log({ count: 2 });
    it.append(EIGHT + HOUR, [event(EIGHT + HOUR), event(EIGHT + HOUR)]);
    it.append(EIGHT + HOUR + 5, [event(EIGHT)]);
    expect(it.window()).toMatchObject({ openedAt: EIGHT + HOUR });
  });

  test('an arrival in the future counts as now', () => {
    const it = log();
    it.append(EIGHT, [event(EIGHT + HOUR)]);
    expect(it.window()).toMatchObject({ openedAt: EIGHT });
  });

  test('a backlog of six hours is cut at most once per time limit', () => {
    const it = log({ count: 1000 });
    const backlog = Array.from({ length: 360 }, (_, minute) => event(EIGHT + minute * MINUTE));
    it.append(EIGHT + 24 * HOUR, backlog);
    expect(it.batches().length).toBe(5);
    for (const { reason } of it.batches()) expect(reason).toBe('time');
  });
});

describe('a window closes by size and by quiet', () => {
  test('before the event that would make it too large', () => {
    const it = log({ bytes: 100 });
    it.append(EIGHT, [event(EIGHT, 60), event(EIGHT + 1, 30), event(EIGHT + 2, 11)]);
    expect(it.batches()).toMatchObject([{ reason: 'bytes', count: 2, bytes: 90 }]);
    expect(it.window()).toMatchObject({ count: 1, bytes: 11 });
  });

  test('at once when it holds exactly as much, and when one event alone is too large', () => {
    const it = log({ bytes: 100 });
    it.append(EIGHT, [event(EIGHT, 60), event(EIGHT + 1, 40), event(EIGHT + 2, 500), event(EIGHT + 3, 1)]);
    expect(it.batches()).toMatchObject([
      { reason: 'bytes', count: 2, bytes: 100 },
      { reason: 'bytes', count: 1, bytes: 500 },
    ]);
    expect(it.window()).toMatchObject({ count: 1 });
  });

  test('when nothing has come for the quiet period; each event pushes that on, up to the time limit', () => {
    const it = log({ quietMs: 5 * MINUTE, windowMs: 12 * MINUTE });
    it.append(EIGHT, [event(EIGHT)]);
    it.append(EIGHT + 4 * MINUTE, [event(EIGHT + 4 * MINUTE)]);
    expect(it.close(EIGHT + 5 * MINUTE, 1)).toEqual({ kind: 'early', at: EIGHT + 9 * MINUTE });
    it.append(EIGHT + 8 * MINUTE, [event(EIGHT + 8 * MINUTE)]);
    expect(it.close(EIGHT + 11 * MINUTE, 1)).toEqual({ kind: 'early', at: EIGHT + 12 * MINUTE });
    it.close(EIGHT + 12 * MINUTE, 1);
    it.append(EIGHT + 20 * MINUTE, [event(EIGHT + 20 * MINUTE)]);
    it.close(EIGHT + 25 * MINUTE, 2);
    expect(it.batches().map(({ reason }) => reason)).toEqual(['time', 'quiet']);
  });
});

describe('a close command', () => {
  const flush = { kind: 'flush', reason: 'manual', flushId: 'f1', who: 'ada' } as const;

  test('from a flush closes before any threshold and remembers who asked', () => {
    const it = log();
    it.append(EIGHT, [event(EIGHT)]);
    expect(it.close(EIGHT + 1, 1, flush).kind).toBe('record');
    expect(it.batches()).toMatchObject([{ reason: 'manual', by: { flushId: 'f1', who: 'ada' } }]);
  });

  test('closes only the window that it names', () => {
    const it = log({ count: 2 });
    expect(it.close(EIGHT, 1, flush)).toEqual({ kind: 'settled' });
    it.append(EIGHT, [event(EIGHT), event(EIGHT + 1), event(EIGHT + 2)]);
    expect(it.close(EIGHT + 5, 1, flush)).toEqual({ kind: 'settled' });
    expect(it.close(EIGHT + 5, 3, flush)).toEqual({ kind: 'settled' });
    expect(it.close(EIGHT + 5, 2, flush, 'another epoch')).toEqual({ kind: 'settled' });
    expect(it.close(EIGHT + 5, 2, flush).kind).toBe('record');
  });

  test('numbers windows on without gaps, and an empty one is never closed', () => {
    const it = log();
    it.append(EIGHT, [event(EIGHT)]);
    it.close(EIGHT + 1, 1, flush);
    expect(it.close(EIGHT + 2, 2, flush)).toEqual({ kind: 'settled' });
    it.append(EIGHT + 3, [event(EIGHT + 3)]);
    it.close(EIGHT + 4, 2, flush);
    expect(it.batches().map(({ seq, count }) => [seq, count])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

describe('a window keeps the policy that it opened with', () => {
  test('and the next one gets the new policy, stored in the record that opened it', () => {
    const it = log({ count: 3 });
    const larger = policy({ count: 5 });
    it.append(EIGHT, [event(EIGHT)]);
    it.append(EIGHT + 1, [event(EIGHT + 1), event(EIGHT + 2), event(EIGHT + 3)], larger);
    expect(it.batches()).toMatchObject([{ count: 3, policyVersion: policy({ count: 3 }).version }]);
    expect(it.window()).toMatchObject({ policyVersion: larger.version, limits: { count: 5 } });
    expect(it.records.map((record) => record.policy?.version)).toEqual([
      policy({ count: 3 }).version,
      larger.version,
    ]);
  });
});

describe('commit times', () => {
  test('never go back, even when the next committer’s clock does', () => {
    const it = log();
    it.append(EIGHT, [event(EIGHT)]);
    it.append(EIGHT - MINUTE, [event(EIGHT - MINUTE)]);
    expect(it.records.map(({ at }) => at)).toEqual([EIGHT, EIGHT]);
    expect(it.window()).toMatchObject({ openedAt: EIGHT, lastAt: EIGHT });
  });

  test('a slow clock does not close a window early', () => {
    const it = log();
    it.append(EIGHT, [event(EIGHT)]);
    it.append(EIGHT + MINUTE, [event(EIGHT + HOUR)]);
    expect(it.close(EIGHT + HOUR - 1, 1)).toMatchObject({ kind: 'early' });
  });
});

/** What a batch is, apart from which records happened to hold it. */
function essence({ seq, from, to, reason, openedAt, count, bytes, id }: Batch) {
  return { seq, from, to, reason, openedAt, count, bytes, id };
}

test('the same arrivals make the same batches however they are grouped into micro-batches', () => {
  const step = fc.record({ pause: fc.nat(20 * MINUTE), size: fc.nat(60), cut: fc.boolean() });
  const limits = fc.record({
    count: fc.integer({ min: 1, max: 12 }),
    windowMs: fc.integer({ min: SECOND, max: HOUR }),
    bytes: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
    quietMs: fc.option(fc.integer({ min: SECOND, max: HOUR }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 80 }),
      limits,
      (steps, { count, windowMs, bytes, quietMs }) => {
        const given = { count, windowMs, ...(bytes && { bytes }), ...(quietMs && { quietMs }) };
        const [one, many] = [log(given), log(given)];
        let at = EIGHT;
        let group: ObjectEvent[] = [];
        for (const { pause, size, cut } of steps) {
          at += pause + 1;
          one.append(at, [event(at, size)]);
          group.push(event(at, size));
          if (!cut) continue;
          many.append(at, group);
          group = [];
        }
        many.append(at, group);
        expect(many.batches().map(essence)).toEqual(one.batches().map(essence));
        expect(many.records.at(-1)?.state.next).toBe(steps.length);
      },
    ),
  );
});
