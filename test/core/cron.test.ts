import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CronInvalidError, isTimezone, nextTicks, parseCron, previousTick } from '../../src/core/cron.ts';

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const at = (text: string) => Date.parse(`${text}Z`);

function ticksOf(expression: string, timezone: string, after: string, count: number): string[] {
  return nextTicks(parseCron(expression, timezone), at(after), count).map(iso);
}

function errorOf(expression: string, timezone = 'UTC'): CronInvalidError {
  try {
    parseCron(expression, timezone);
  } catch (error) {
    if (error instanceof CronInvalidError) return error;
    throw error;
  }
  throw new Error(`${expression} was accepted`);
}

describe('the textbook schedule: every 30 minutes, Monday to Friday, 8:00 to 16:59', () => {
  it('ticks 18 times a working day and never at a weekend', () => {
    const schedule = parseCron('*/30 8-16 ? * 2-6 *', 'UTC');
    const ticks = nextTicks(schedule, at('2026-11-02T00:00'), 5 * 18 + 1);
    expect(iso(ticks[0] ?? 0)).toBe('2026-11-02T08:00');
    expect(iso(ticks[17] ?? 0)).toBe('2026-11-02T16:30');
    expect(iso(ticks[89] ?? 0)).toBe('2026-11-06T16:30');
    expect(iso(ticks[90] ?? 0)).toBe('2026-11-09T08:00');
    const weekdays = new Set(ticks.map((tick) => new Date(tick).getUTCDay()));
    expect([...weekdays].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('in five fields is refused, with both readings of its weekdays', () => {
    const { message } = errorOf('*/30 8-16 * * 2-6');
    expect(message).toContain('found 5. Did you mean "*/30 8-16 ? * 2-6 *"? There 2-6 is MON-FRI');
    expect(message).toContain(
      'if you meant TUE-SAT, as Unix counts from 0 = SUN, write "*/30 8-16 ? * TUE-SAT *"',
    );
  });
});

describe('five fields show the six that were probably meant', () => {
  it.each([
    ['0 12 * * *', '"0 12 * * ? *"'],
    ['0 12 1 * *', '"0 12 1 * ? *"'],
    ['0 12 * * ?', '"0 12 * * ? *"'],
    ['0 12 ? * *', '"0 12 * * ? *"'],
    ['0 12 * * MON-FRI', '"0 12 ? * MON-FRI *"'],
    ['0 12 * * 0', '"0 12 ? * SUN *"'],
    ['0 12 * * 0,3', '"0 12 ? * SUN,WED *"'],
    ['0 12 1 * 1', '"0 12 ? * 1 *"'],
  ])('%s', (five, six) => {
    const error = errorOf(five);
    expect(error.hint).toContain(`Did you mean ${six}?`);
    const suggested = /"([^"]+)"/.exec(error.hint ?? '')?.[1] ?? '';
    expect(() => parseCron(suggested, 'UTC')).not.toThrow();
  });
});

describe('AWS forms', () => {
  it.each([
    ['0 0 L * ? *', ['2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00']],
    ['0 0 LW * ? *', ['2026-01-30T00:00', '2026-02-27T00:00', '2026-03-31T00:00']],
    ['0 0 15W * ? *', ['2026-01-15T00:00', '2026-02-16T00:00', '2026-03-16T00:00']],
    ['0 0 1W * ? *', ['2026-01-01T00:00', '2026-02-02T00:00', '2026-03-02T00:00']],
    ['0 0 ? * 6L *', ['2026-01-30T00:00', '2026-02-27T00:00', '2026-03-27T00:00']],
    ['0 0 ? * FRIL *', ['2026-01-30T00:00', '2026-02-27T00:00', '2026-03-27T00:00']],
    ['0 0 ? * 3#2 *', ['2026-01-13T00:00', '2026-02-10T00:00', '2026-03-10T00:00']],
    ['0 0 ? * tue#5 *', ['2026-03-31T00:00', '2026-06-30T00:00', '2026-09-29T00:00']],
    ['0 0 ? * L *', ['2026-01-03T00:00', '2026-01-10T00:00', '2026-01-17T00:00']],
    ['0 0 ? * 1 *', ['2026-01-04T00:00', '2026-01-11T00:00', '2026-01-18T00:00']],
    ['0 0 ? * 7 *', ['2026-01-03T00:00', '2026-01-10T00:00', '2026-01-17T00:00']],
    ['0 0 ? * SAT-SUN *', ['2026-01-03T00:00', '2026-01-04T00:00', '2026-01-10T00:00']],
    ['0 0 ? * FRI-MON *', ['2026-01-02T00:00', '2026-01-03T00:00', '2026-01-04T00:00']],
    ['5/20 10 1 JAN,JUL ? 2026-2030/2', ['2026-01-01T10:05', '2026-01-01T10:25', '2026-01-01T10:45']],
    ['0 0 29 2 ? *', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
    ['0 0 1 1 ? 2199', ['2199-01-01T00:00']],
  ])('%s', (expression, expected) => {
    expect(ticksOf(expression, 'UTC', '2025-12-31T23:59', 3)).toEqual(expected);
  });

  it.each([
    ['60 * * * ? *', 'minutes'],
    ['0 24 * * ? *', 'hours'],
    ['0 0 0 * ? *', 'day-of-month'],
    ['0 0 32 * ? *', 'day-of-month'],
    ['0 0 1,L * ? *', 'day-of-month'],
    ['0 0 L-2 * ? *', 'day-of-month'],
    ['0 0 32W * ? *', 'day-of-month'],
    ['0 0 1 13 ? *', 'month'],
    ['0 0 1 JANUARY ? *', 'month'],
    ['0 0 ? * 0 *', 'day-of-week'],
    ['0 0 ? * 8 *', 'day-of-week'],
    ['0 0 ? * 3#6 *', 'day-of-week'],
    ['0 0 ? * 3#1,6#3 *', 'day-of-week'],
    ['0 0 ? * 1/2 *', 'day-of-week'],
    ['0 0 1 1 ? 1969', 'year'],
    ['0 0 1 1 ? 2200', 'year'],
    ['0/0 * * * ? *', 'minutes'],
    ['0,*/5 * * * ? 2026-', 'year'],
    ['1-5-7 * * * ? *', 'minutes'],
    ['-1 * * * ? *', 'minutes'],
    ['1.5 * * * ? *', 'minutes'],
    ['50-10 * * * ? *', 'minutes'],
    ['5,* * * * ? *', 'minutes'],
    [', * * * ? *', 'minutes'],
    ['0 0 * * * *', 'day-of-month and day-of-week'],
    ['0 0 ? * ? *', 'day-of-month and day-of-week'],
    ['0 0 1 * MON *', 'day-of-month and day-of-week'],
    ['', 'expression'],
    ['@daily', 'expression'],
    ['0 0 0 * * ? *', 'expression'],
    ['cron(0 0 * * ? *)', 'expression'],
    ['rate(5 minutes)', 'expression'],
    [`0${',0'.repeat(200)} 0 * * ? *`, 'expression'],
    ['0 0 31 2 ? *', 'expression'],
    ['0 0 30 FEB ? *', 'expression'],
    ['0 0 31 4,6,9,11 ? *', 'expression'],
    ['0 0 29 2 ? 2026-2027', 'expression'],
  ])('refuses %s and names the field %s', (expression, field) => {
    const error = errorOf(expression);
    expect(error.field).toBe(field);
    expect(error.name).toBe('CronInvalidError');
    expect(error.message).toContain(JSON.stringify(expression));
    expect(error.message).toContain(error.expected);
  });

  it('says that an impossible date would never fire', () => {
    expect(errorOf('0 0 31 2 ? *').message).toContain('it would never fire');
  });

  it('takes time zones in the spelling of IANA only', () => {
    expect(['UTC', 'Europe/Paris', 'Asia/Kolkata', 'Asia/Calcutta', 'EST5EDT'].map(isTimezone)).not.toContain(
      false,
    );
    expect(['Mars', 'europe/paris', '+02:00', '', 'Europe/Paris ', 'utc'].map(isTimezone)).not.toContain(
      true,
    );
    expect(errorOf('0 0 * * ? *', 'Mars').field).toBe('timezone');
  });

  it('never throws anything but its own error, whatever the text', () => {
    const piece = fc.constantFrom(
      '*',
      '?',
      'L',
      'W',
      '#',
      '/',
      '-',
      ',',
      '0',
      '5',
      '31',
      '7',
      'MON',
      'JAN',
      '2026',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (expression) => {
        try {
          parseCron(expression, 'UTC');
        } catch (error) {
          expect(error).toBeInstanceOf(CronInvalidError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('when clocks change', () => {
  it('a local time that is skipped is skipped', () => {
    // Paris, 29 March 2026: 2:00 becomes 3:00.
    expect(ticksOf('30 2 * * ? *', 'Europe/Paris', '2026-03-28T00:00', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ]);
  });

  it('a local time that is repeated ticks once, the first time', () => {
    // Paris, 25 October 2026: 3:00 becomes 2:00.
    expect(ticksOf('30 2 * * ? *', 'Europe/Paris', '2026-10-24T12:00', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(ticksOf('0/30 2 * * ? *', 'Europe/Paris', '2026-10-24T12:00', 3)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-26T01:00',
    ]);
  });

  it('asking in the repeated hour gives the next local time, and the previous one of the first pass', () => {
    const schedule = parseCron('0/30 * * * ? *', 'Europe/Paris');
    const secondPass = at('2026-10-25T01:10');
    expect(nextTicks(schedule, secondPass, 1).map(iso)).toEqual(['2026-10-25T02:00']);
    expect(iso(previousTick(schedule, secondPass) ?? 0)).toBe('2026-10-25T00:30');
  });

  it('a day that a zone skipped has no ticks', () => {
    // Samoa went from 29 to 31 December 2011.
    expect(ticksOf('0 12 * * ? *', 'Pacific/Apia', '2011-12-29T00:00', 2)).toEqual([
      '2011-12-29T22:00',
      '2011-12-30T22:00',
    ]);
    expect(ticksOf('0 12 30 12 ? 2011', 'Pacific/Apia', '2011-12-01T00:00', 1)).toEqual([]);
  });
});

it('the bounds are exclusive: a tick is neither after nor before itself', () => {
  const schedule = parseCron('0 8 * * ? *', 'UTC');
  expect(nextTicks(schedule, at('2026-05-05T08:00'), 1).map(iso)).toEqual(['2026-05-06T08:00']);
  expect(nextTicks(schedule, at('2026-05-05T08:00') - 1, 1).map(iso)).toEqual(['2026-05-05T08:00']);
  expect(iso(previousTick(schedule, at('2026-05-05T08:00')) ?? 0)).toBe('2026-05-04T08:00');
  expect(iso(previousTick(schedule, at('2026-05-05T08:00') + 1) ?? 0)).toBe('2026-05-05T08:00');
});

it('a schedule whose years are over has no next tick, but a previous one', () => {
  const schedule = parseCron('0 0 * * ? 2020', 'UTC');
  expect(nextTicks(schedule, at('2026-01-01T00:00'), 3)).toEqual([]);
  expect(iso(previousTick(schedule, at('2026-01-01T00:00')) ?? 0)).toBe('2020-12-31T00:00');
  expect(previousTick(schedule, at('2019-01-01T00:00'))).toBeNull();
});

describe('against an oracle that looks at every minute', () => {
  // Around a change of the clocks each, spring and autumn; by half an hour, by a whole day, and where there is none.
  const places: [timezone: string, around: string][] = [
    ['Europe/Paris', '2026-03-29T01:00'],
    ['Europe/Paris', '2026-10-25T01:00'],
    ['America/New_York', '2026-03-08T07:00'],
    ['America/New_York', '2026-11-01T06:00'],
    ['America/Santiago', '2026-04-05T03:00'],
    ['America/Santiago', '2026-09-06T04:00'],
    ['Australia/Lord_Howe', '2026-04-04T15:00'],
    ['Australia/Lord_Howe', '2026-10-03T15:30'],
    ['Pacific/Apia', '2011-12-30T10:00'],
    ['Africa/Casablanca', '2026-02-15T02:00'],
    ['Asia/Kathmandu', '2026-06-01T00:00'],
    ['UTC', '2028-02-29T00:00'],
  ];
  const MINUTES = 36 * 60;

  it('the ticks of random expressions are exactly the minutes that match', () => {
    const locals = places.map(([timezone, around]) => {
      return { timezone, local: localMinutes(timezone, at(around) - (MINUTES / 2) * 60_000, MINUTES) };
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...locals),
        expressions(),
        fc.nat({ max: MINUTES - 1 }),
        ({ timezone, local }, fields, minute) => {
          const schedule = parseCron(fields.join(' '), timezone);
          const expected = matching(fields, local);
          const start = local.from + minute * 60_000;
          const end = local.from + MINUTES * 60_000;
          const later = expected.filter((tick) => tick > start);
          const ticks = nextTicks(schedule, start, later.length + 1).filter((tick) => tick < end);
          expect(ticks.map(iso)).toEqual(later.map(iso));
          const before = expected.filter((tick) => tick < start).at(-1);
          if (before !== undefined) expect(iso(previousTick(schedule, start) ?? 0)).toBe(iso(before));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('the oracle notices a library that runs skipped times (negative control)', () => {
    const unruly = new Cron('0 30 2 29 * ? *', { mode: '7-part', timezone: 'Europe/Paris' });
    const from = at('2026-03-28T12:00');
    const naive = unruly.nextRuns(1, new Date(from)).map((date) => date.getTime());
    expect(naive[0]).toBeLessThan(at('2026-03-30T00:00'));
    expect(matching(['30', '2', '29', '*', '?', '*'], localMinutes('Europe/Paris', from, MINUTES))).toEqual(
      [],
    );
  });
});

/** Six fields: lists, ranges, steps, stars; one of the day fields `?`. */
function expressions() {
  const field = (min: number, max: number) => {
    const value = fc.integer({ min, max });
    const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const item = fc.oneof(
      value.map(String),
      range,
      fc.tuple(range, fc.integer({ min: 1, max: 9 })).map((all) => all.join('/')),
    );
    return fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 1, max: 20 }).map((step) => `*/${step}`),
      item,
      fc.array(item, { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
    );
  };
  const plain = fc.oneof(
    fc.constant('*'),
    fc.integer({ min: 1, max: 7 }).map(String),
    fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })).map(([a, b]) => `${a}-${b}`),
  );
  const days = fc.oneof(
    fc
      .oneof(
        fc.constant('*'),
        fc.integer({ min: 1, max: 28 }).map((day) => `${day}/2`),
      )
      .map((day) => [day, '?'] as const),
    plain.map((weekday) => ['?', weekday] as const),
  );
  return fc
    .tuple(field(0, 59), fc.oneof({ weight: 2, arbitrary: field(0, 23) }, fc.constantFrom('0-4', '*')), days)
    .map(([minutes, hours, [day, weekday]]) => [minutes, hours, day, '*', weekday, '*']);
}

/** Minutes, hours, day, month, weekday as a zone's clocks show them, for each minute; null for a repeated one. */
type LocalMinutes = { from: number; fields: (number[] | null)[] };

/** By Intl and nothing else. Starts a day early, so that a time repeated at the beginning is known as a repeat. */
function localMinutes(timezone: string, from: number, minutes: number): LocalMinutes {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour12: false,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const seen = new Set<string>();
  const fields: LocalMinutes['fields'] = [];
  for (let minute = -24 * 60; minute < minutes; minute++) {
    const text = format.format(from + minute * 60_000);
    const [, weekday = '', day, month, , hour, min] =
      /^(\w+), (\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(text) ?? [];
    const weekdayNumber = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(weekday) + 1;
    const shown = [Number(min), Number(hour) % 24, Number(day), Number(month), weekdayNumber];
    if (minute >= 0) fields.push(seen.has(text) ? null : shown);
    seen.add(text);
  }
  return { from, fields };
}

/** The instants of the minutes that match. */
function matching(expression: string[], local: LocalMinutes): number[] {
  const maxima = [59, 23, 31, 12, 7];
  return local.fields.flatMap((fields, minute) => {
    const fits = fields?.every((value, index) => matches(expression[index] ?? '', value, maxima[index] ?? 0));
    return fits ? [local.from + minute * 60_000] : [];
  });
}

function matches(field: string, value: number, max: number): boolean {
  if (field === '*' || field === '?') return true;
  return field.split(',').some((item) => {
    const [range = '', step] = item.split('/');
    const [first = '', last] = range.split('-');
    const from = first === '*' ? (max === 31 || max === 12 || max === 7 ? 1 : 0) : Number(first);
    const to = last === undefined ? (step === undefined ? from : max) : Number(last);
    const inRange = from <= to ? value >= from && value <= to : value >= from || value <= to;
    return inRange && (value - from) % Number(step ?? 1) === 0;
  });
}
