/** One of the six fields of AWS's cron: what it may say. */
export interface CronField {
  name: 'minutes' | 'hours' | 'day-of-month' | 'month' | 'day-of-week' | 'year';
  min: number;
  max: number;
  /** Names for the values from `min` on. */
  names: readonly string[];
  /** What an error says was expected. */
  expected: string;
}

export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const;

const STEPS = 'with lists (1,3), ranges (1-5) and steps (0/15), or *';

/** In the order of the expression. Ranges and wildcards: EventBridge Scheduler user guide, schedule types. */
export const CRON_FIELDS: readonly CronField[] = [
  { name: 'minutes', min: 0, max: 59, names: [], expected: `0 to 59 ${STEPS}` },
  { name: 'hours', min: 0, max: 23, names: [], expected: `0 to 23 ${STEPS}` },
  {
    name: 'day-of-month',
    min: 1,
    max: 31,
    names: [],
    expected: `1 to 31 ${STEPS}, ?, L (last day), LW (last weekday), 15W (weekday nearest the 15th)`,
  },
  { name: 'month', min: 1, max: 12, names: MONTHS, expected: `1 to 12 or JAN to DEC ${STEPS}` },
  {
    name: 'day-of-week',
    min: 1,
    max: 7,
    names: WEEKDAYS,
    expected:
      '1 (SUN) to 7 (SAT) with lists (2,4) and ranges (MON-FRI), or *, ?, L (SAT), 6L (last Friday), 3#2 (second Tuesday)',
  },
  { name: 'year', min: 1970, max: 2199, names: [], expected: `1970 to 2199 ${STEPS}` },
];

/** A field cannot be read. `hint` is a sentence on what to write instead, where one is known. */
export interface CronFieldProblem {
  problem: true;
  hint?: string;
}

/**
 * Reads one field and spells it out for the calendar: `*`, `?`, a list of numbers in ascending order, or one of
 * the forms with L, W and #. Spelled out because AWS and cron libraries read short forms differently.
 */
export function readCronField(field: CronField, text: string): string | CronFieldProblem {
  const value = text.toUpperCase();
  if (value === '*') return '*';
  if (field.name === 'day-of-month') {
    const special = readDaySpecial(value);
    if (special !== null) return special;
  }
  if (field.name === 'day-of-week') {
    const special = readWeekdaySpecial(field, value);
    if (special !== null) return special;
  }
  const numbers = new Set<number>();
  for (const item of value.split(',')) {
    const found = readItem(field, item);
    if (!Array.isArray(found)) return found;
    for (const number of found) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b).join(',');
}

function readDaySpecial(value: string): string | CronFieldProblem | null {
  if (value === '?' || value === 'L' || value === 'LW') return value;
  const nearest = /^(\d{1,2})W$/.exec(value);
  if (nearest === null) {
    if (!/[LW]/.test(value)) return null;
    return { problem: true, hint: 'L, LW and 15W stand alone: no lists, ranges or offsets with them.' };
  }
  const day = Number(nearest[1]);
  return day >= 1 && day <= 31 ? `${day}W` : { problem: true };
}

function readWeekdaySpecial(field: CronField, value: string): string | CronFieldProblem | null {
  if (value === '?') return value;
  if (value === 'L') return String(field.max);
  const special = /^([A-Z]{3}|\d+)(L|#([1-5]))$/.exec(value);
  if (special !== null) {
    const day = readNumber(field, special[1] ?? '');
    return typeof day === 'number' ? `${day}${special[2]}` : day;
  }
  if (value.includes('#')) {
    return { problem: true, hint: '# takes one weekday and 1 to 5, and stands alone: write 3#2 or TUE#2.' };
  }
  if (/^[A-Z0-9]+L$|,L\b|\bL,/.test(value)) {
    return { problem: true, hint: 'L stands alone: no lists or ranges with it.' };
  }
  if (value.includes('/')) {
    return { problem: true, hint: 'AWS has no steps here: list the days, such as MON,WED,FRI.' };
  }
  return null;
}

function readItem(field: CronField, item: string): number[] | CronFieldProblem {
  const match = /^(?:(\*)|([A-Z]{3}|\d{1,4})(?:-([A-Z]{3}|\d{1,4}))?)(?:\/(\d{1,4}))?$/.exec(item);
  if (match === null || item === '*') return { problem: true, ...starHint(item) };
  const [, star, fromText, toText, stepText] = match;
  const from = star === undefined ? readNumber(field, fromText ?? '') : field.min;
  if (typeof from !== 'number') return from;
  const open = star !== undefined || stepText !== undefined;
  const to = toText === undefined ? (open ? field.max : from) : readNumber(field, toText);
  if (typeof to !== 'number') return to;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step > field.max) {
    return { problem: true, hint: `A step is a whole number from 1 to ${field.max}.` };
  }
  if (from <= to) return progression(from, to, step);
  if (field.name === 'day-of-week') {
    return [...progression(from, field.max, 1), ...progression(field.min, to, 1)];
  }
  return {
    problem: true,
    hint: `The range ends before it begins: write ${from}-${field.max},${field.min}-${to} to go round.`,
  };
}

function starHint(item: string): { hint?: string } {
  return item === '*' ? { hint: '* stands alone: it already means every value.' } : {};
}

function readNumber(field: CronField, text: string): number | CronFieldProblem {
  const named = field.names.indexOf(text);
  if (named !== -1) return field.min + named;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= field.min && number <= field.max) return number;
  if (field.name === 'day-of-week' && (number === 0 || number === 8)) {
    return {
      problem: true,
      hint: 'AWS counts weekdays from 1 = SUN to 7 = SAT; names such as MON are clearer.',
    };
  }
  return { problem: true };
}

function progression(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}
