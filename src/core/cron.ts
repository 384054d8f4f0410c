import { Cron } from 'croner';
import { CRON_FIELDS, readCronField, WEEKDAYS } from './cron-fields.ts';
import { firstInstantOf, latestWallTime, wallTime } from './local-time.ts';

/** A cron expression in a time zone, read and checked. */
export interface CronSchedule {
  /** As it was written. */
  readonly expression: string;
  readonly timezone: string;
  /** Walks the local dates and times that the expression names, as if they were UTC's. */
  readonly calendar: Cron;
}

/** AWS allows 256 characters including `cron()` (EventBridge Scheduler API, CreateSchedule). */
const MAX_LENGTH = 250;
const FIRST_WALL_TIME = Date.UTC(1970, 0, 1);
const END_OF_WALL_TIME = Date.UTC(2200, 0, 1);

/** A cron expression or its time zone cannot be used. */
export class CronInvalidError extends Error {
  override readonly name = 'CronInvalidError';
  readonly expression: string;
  /** The field's name, `expression` for the whole, or `timezone`. */
  readonly field: string;
  readonly value: string;
  readonly expected: string;
  /** Sentences on what was probably meant. */
  readonly hint: string | undefined;

  constructor(invalid: {
    expression: string;
    field: string;
    value: string;
    expected: string;
    hint?: string;
  }) {
    const { expression, field, value, expected, hint } = invalid;
    const where = field === 'expression' ? '' : `: ${field} is ${JSON.stringify(value)}`;
    const tail = hint === undefined ? '' : ` ${hint}`;
    super(
      `The cron expression ${JSON.stringify(expression)} is not valid${where}; expected ${expected}.${tail}`,
    );
    this.expression = expression;
    this.field = field;
    this.value = value;
    this.expected = expected;
    this.hint = hint;
  }
}

/**
 * Reads AWS's six-field cron: minutes, hours, day-of-month, month, day-of-week (1 = SUN), year. Exactly one of the
 * two day fields is `?`. Sources: EventBridge Scheduler user guide, schedule types.
 *
 * @param timezone an IANA name such as Europe/Paris
 * @throws CronInvalidError
 */
export function parseCron(expression: string, timezone: string): CronSchedule {
  checkTimezone(expression, timezone);
  const texts = splitFields(expression);
  const fields = CRON_FIELDS.map((field, index) => {
    const value = texts[index] ?? '';
    const read = readCronField(field, value);
    if (typeof read === 'string') return read;
    const hint = read.hint === undefined ? {} : { hint: read.hint };
    throw new CronInvalidError({ expression, field: field.name, value, expected: field.expected, ...hint });
  });
  checkDays(expression, texts);
  const calendar = new Cron(`0 ${fields.join(' ')}`, {
    mode: '7-part',
    alternativeWeekdays: true,
    domAndDow: true,
    timezone: 'UTC',
  });
  if (calendar.nextRun(new Date(FIRST_WALL_TIME - 1_000)) === null) {
    throw new CronInvalidError({
      expression,
      field: 'expression',
      value: expression,
      expected: 'a date that exists: no year from 1970 to 2199 has such a day, so it would never fire',
    });
  }
  return { expression, timezone, calendar };
}

/**
 * The next `count` ticks later than `after`, ascending; fewer when the years run out. A local time that clocks skip
 * is skipped, one that they repeat counts once, the first time (EventBridge Scheduler user guide, daylight saving).
 *
 * @param after ms since 1970
 */
export function nextTicks(schedule: CronSchedule, after: number, count: number): number[] {
  const { calendar, timezone } = schedule;
  const ticks: number[] = [];
  let wall: number | null = wallTime(timezone, after);
  while (ticks.length < count) {
    wall = calendar.nextRun(new Date(wall))?.getTime() ?? null;
    if (wall === null || wall >= END_OF_WALL_TIME) break;
    const tick = firstInstantOf(timezone, wall);
    if (tick !== null && tick > after) ticks.push(tick);
  }
  return ticks;
}

/** The last tick earlier than `before` (ms since 1970), or null when there is none since 1970. */
export function previousTick(schedule: CronSchedule, before: number): number | null {
  const { calendar, timezone } = schedule;
  let wall = Math.min(Math.ceil(latestWallTime(timezone, before) / 1_000) * 1_000, END_OF_WALL_TIME);
  while (true) {
    const previous = calendar.previousRuns(1, new Date(wall))[0]?.getTime();
    if (previous === undefined || previous < FIRST_WALL_TIME) return null;
    const tick = firstInstantOf(timezone, previous);
    if (tick !== null && tick < before) return tick;
    wall = previous;
  }
}

/** Whether a text names a time zone: an IANA name in its own spelling. Offsets such as +02:00 have no clock changes to follow. */
export function isTimezone(timezone: string): boolean {
  try {
    const resolved = new Intl.DateTimeFormat('en-US', { timeZone: timezone }).resolvedOptions().timeZone;
    const sameName = resolved.toLowerCase() === timezone.toLowerCase();
    return /^[A-Z]/.test(timezone) && (!sameName || resolved === timezone);
  } catch {
    return false;
  }
}

function checkTimezone(expression: string, timezone: string): void {
  if (isTimezone(timezone)) return;
  throw new CronInvalidError({
    expression,
    field: 'timezone',
    value: timezone,
    expected: 'an IANA time zone such as UTC or Europe/Paris',
  });
}

function splitFields(expression: string): string[] {
  const texts = expression.trim().split(/[ \t]+/);
  const whole = { expression, field: 'expression', value: expression };
  const expected = 'six fields: minutes hours day-of-month month day-of-week year';
  if (expression.length > MAX_LENGTH) {
    throw new CronInvalidError({ ...whole, expected: `at most ${MAX_LENGTH} characters` });
  }
  if (/^\s*(cron|rate|at)\s*\(/i.test(expression)) {
    const hint = /^\s*cron/i.test(expression)
      ? 'Leave out cron( and ).'
      : 'Only cron is known here; for an age limit use batch.window.';
    throw new CronInvalidError({ ...whole, expected, hint });
  }
  if (texts.length === 6) return texts;
  const found = texts[0] === '' ? 0 : texts.length;
  const count = `${expected}; found ${found}`;
  if (texts.length === 5) throw new CronInvalidError({ ...whole, expected: count, ...sixFieldHint(texts) });
  const hint = texts.length === 7 ? { hint: 'AWS has no field for seconds.' } : {};
  throw new CronInvalidError({ ...whole, expected: count, ...hint });
}

function checkDays(expression: string, texts: string[]): void {
  const [, , day = '', , weekday = ''] = texts;
  if ((day === '?') !== (weekday === '?')) return;
  const [minutes, hours, , month, , year] = texts;
  const write = (days: string, weekdays: string) =>
    `"${[minutes, hours, days, month, weekdays, year].join(' ')}"`;
  const free = day === '?' || day === '*';
  let hint = `Write ${write(day, '?')} and, as a second entry, ${write('?', weekday)}.`;
  if (free) hint = `Write ${weekday === '?' || weekday === '*' ? write('*', '?') : write('?', weekday)}.`;
  else if (weekday === '*') hint = `Write ${write(day, '?')}.`;
  throw new CronInvalidError({
    expression,
    field: 'day-of-month and day-of-week',
    value: `${day} and ${weekday}`,
    expected: 'exactly one ?',
    hint,
  });
}

/** What five fields probably meant: the day fields need a `?`, and the year is missing. */
function sixFieldHint(texts: string[]): { hint: string } {
  const [minutes = '', hours = '', day = '', month = '', weekday = ''] = texts;
  const freeWeekday = weekday === '*' || weekday === '?';
  const freeDay = day === '*' || day === '?';
  const six = (days: string, weekdays: string) => [minutes, hours, days, month, weekdays, '*'].join(' ');
  if (freeWeekday) return { hint: `Did you mean "${six(day === '?' ? '*' : day, '?')}"?` };
  const unix = unixWeekdays(weekday);
  const onlyUnix = /(^|[,-])0/.test(weekday) && unix !== null;
  const meant = onlyUnix ? six('?', unix) : six('?', weekday);
  const both = freeDay
    ? ''
    : ` AWS cannot join day-of-month and day-of-week: add a second entry "${six(day, '?')}".`;
  const numbers = unix === null || onlyUnix ? '' : readings(weekday, unix, six('?', unix));
  return { hint: `Did you mean "${meant}"?${numbers}${both}` };
}

function readings(weekday: string, unix: string, expression: string): string {
  const named = weekday.replace(/[1-7]/g, (digit) => WEEKDAYS[Number(digit) - 1] ?? digit);
  return ` There ${weekday} is ${named}, as AWS counts from 1 = SUN; if you meant ${unix}, as Unix counts from 0 = SUN, write "${expression}".`;
}

/** Weekday numbers of Unix cron (0 and 7 = SUN) as names, or null when there are none to translate. */
function unixWeekdays(weekday: string): string | null {
  if (!/^[0-7]([,-][0-7])*$/.test(weekday)) return null;
  return weekday.replace(/[0-7]/g, (digit) => WEEKDAYS[Number(digit) % 7] ?? digit);
}
