/**
 * How values are written, as bits. A column has those that all of its values have; without a value it has them all.
 * Such values need no further look: DuckDB's casts, which round and cut elsewhere, take them over as they are.
 */
export const SPELLED = {
  /** Up to 18 characters. */
  integer: 1,
  /** An integer, or one with a fraction; up to 30 characters. */
  number: 2,
  /** Without leading zeros. */
  canonical: 4,
  /** Certainly no more than 15 significant digits, which is what a DOUBLE gives back. */
  short: 8,
  /** `2026-11-02` */
  date: 16,
  /** `2026-11-02 08:40:00`, also with a `T` and up to six digits of a fraction. */
  timestamp: 32,
  /** `true` or `false`, in any case. */
  boolean: 64,
  /** None of these, and yet perhaps something that is guessed to be other than text. */
  unsure: 128,
} as const;

/** Bits of a column without a value. */
export const NO_VALUE = 255;

const NAMES = [
  ...['start', 'minus', 'zero', 'padded', 'digit1', 'digit2', 'digit3', 'digit4', 'digits'],
  ...['point', 'fraction', 'zeroPoint', 'zeroFraction', 'paddedPoint', 'paddedFraction'],
  ...['year', 'month1', 'month2', 'month', 'day1', 'date'],
  ...['between', 'hour1', 'hour2', 'hour', 'minute1', 'minute2', 'minute', 'second1', 'timestamp'],
  ...['secondPoint', 'secondFraction'],
  ...['t', 'tr', 'tru', 'f', 'fa', 'fal', 'fals', 'boolean'],
  ...['unsure', 'text'],
];
const at = (name: string) => NAMES.indexOf(name);

/** Of a value of which no byte was seen yet. */
export const START = at('start');
/** Of a value that is looked at no further: from here on no byte changes anything. */
export const UNSURE = at('unsure');
/** Of a value that is certainly text. */
export const TEXT = at('text');

const DIGITS = '0123456789';

/** After each name: which characters lead where. Everything else leads to `unsure`, or to `text`. */
const STEPS: [string, [string, string][]][] = [
  [
    'start',
    [
      ['-', 'minus'],
      ['0', 'zero'],
      ['123456789', 'digit1'],
      ['tT', 't'],
      ['fF', 'f'],
    ],
  ],
  [
    'minus',
    [
      ['0', 'zero'],
      ['123456789', 'digits'],
    ],
  ],
  [
    'zero',
    [
      [DIGITS, 'padded'],
      ['.', 'zeroPoint'],
    ],
  ],
  [
    'padded',
    [
      [DIGITS, 'padded'],
      ['.', 'paddedPoint'],
    ],
  ],
  [
    'digit1',
    [
      [DIGITS, 'digit2'],
      ['.', 'point'],
    ],
  ],
  [
    'digit2',
    [
      [DIGITS, 'digit3'],
      ['.', 'point'],
    ],
  ],
  [
    'digit3',
    [
      [DIGITS, 'digit4'],
      ['.', 'point'],
    ],
  ],
  [
    'digit4',
    [
      [DIGITS, 'digits'],
      ['.', 'point'],
      ['-', 'year'],
    ],
  ],
  [
    'digits',
    [
      [DIGITS, 'digits'],
      ['.', 'point'],
    ],
  ],
  ['point', [[DIGITS, 'fraction']]],
  ['fraction', [[DIGITS, 'fraction']]],
  ['zeroPoint', [[DIGITS, 'zeroFraction']]],
  ['zeroFraction', [[DIGITS, 'zeroFraction']]],
  ['paddedPoint', [[DIGITS, 'paddedFraction']]],
  ['paddedFraction', [[DIGITS, 'paddedFraction']]],
  ['year', [[DIGITS, 'month1']]],
  ['month1', [[DIGITS, 'month2']]],
  ['month2', [['-', 'month']]],
  ['month', [[DIGITS, 'day1']]],
  ['day1', [[DIGITS, 'date']]],
  ['date', [[' T', 'between']]],
  ['between', [[DIGITS, 'hour1']]],
  ['hour1', [[DIGITS, 'hour2']]],
  ['hour2', [[':', 'hour']]],
  ['hour', [[DIGITS, 'minute1']]],
  ['minute1', [[DIGITS, 'minute2']]],
  ['minute2', [[':', 'minute']]],
  ['minute', [[DIGITS, 'second1']]],
  ['second1', [[DIGITS, 'timestamp']]],
  ['timestamp', [['.', 'secondPoint']]],
  ['secondPoint', [[DIGITS, 'secondFraction']]],
  ['secondFraction', [[DIGITS, 'secondFraction']]],
  ['t', [['rR', 'tr']]],
  ['tr', [['uU', 'tru']]],
  ['tru', [['eE', 'boolean']]],
  ['f', [['aA', 'fa']]],
  ['fa', [['lL', 'fal']]],
  ['fal', [['sS', 'fals']]],
  ['fals', [['eE', 'boolean']]],
  ['boolean', []],
];

/** Nothing that is guessed to be other than text begins like this and goes on otherwise. */
const ELSE_TEXT = ['start', 'minus', 't', 'tr', 'tru', 'f', 'fa', 'fal', 'fals', 'boolean'];

/** By `state << 8 | byte`: the state after that byte. */
export const NEXT = new Uint8Array(NAMES.length << 8);
for (const state of NAMES.keys()) {
  const otherwise = state === TEXT || ELSE_TEXT.includes(NAMES[state] ?? '') ? TEXT : UNSURE;
  NEXT.fill(otherwise, state << 8, (state + 1) << 8);
}
for (const [name, steps] of STEPS) {
  for (const [characters, to] of steps) {
    for (const character of characters) NEXT[(at(name) << 8) | character.charCodeAt(0)] = at(to);
  }
}

const INTEGER = SPELLED.integer | SPELLED.number | SPELLED.short | SPELLED.unsure;
const FRACTION = SPELLED.number | SPELLED.short | SPELLED.unsure;

/** Bits of a value that ends in a state. */
const ENDED = new Uint8Array(NAMES.length).fill(SPELLED.unsure);
for (const name of ['zero', 'digit1', 'digit2', 'digit3', 'digit4', 'digits']) {
  ENDED[at(name)] = INTEGER | SPELLED.canonical;
}
ENDED[at('padded')] = INTEGER;
for (const name of ['fraction', 'zeroFraction']) ENDED[at(name)] = FRACTION | SPELLED.canonical;
ENDED[at('paddedFraction')] = FRACTION;
ENDED[at('date')] = SPELLED.date | SPELLED.unsure;
ENDED[at('timestamp')] = SPELLED.timestamp | SPELLED.unsure;
ENDED[at('secondFraction')] = SPELLED.timestamp | SPELLED.unsure;
ENDED[at('boolean')] = SPELLED.boolean | SPELLED.unsure;
for (const name of ['text', ...ELSE_TEXT.slice(0, -1)]) ENDED[at(name)] = 0;

/** Lengths that are told apart; longer values are all alike. */
export const LENGTH_MAX = 31;

/** By `state << 5 | length`: the bits of a value that ended in that state after so many bytes. None has all. */
export const SPELLED_AS = new Uint8Array(NAMES.length << 5);
for (const state of NAMES.keys()) {
  for (let length = 0; length <= LENGTH_MAX; length += 1)
    SPELLED_AS[(state << 5) | length] = spelled(state, length);
}

function spelled(state: number, length: number): number {
  // An empty value is none, quoted or not.
  if (length === 0) return NO_VALUE;
  // Without the point, and without the zero before it. A minus is taken for a digit.
  const digits = length - ({ fraction: 1, zeroFraction: 2 }[NAMES[state] ?? ''] ?? 0);
  const ended = ENDED[state] ?? 0;
  const bits = digits <= 15 ? ended : ended & ~SPELLED.short;
  if (length <= 18) return bits;
  if (length <= 26) return bits & ~SPELLED.integer;
  if (length <= 30) return bits & ~(SPELLED.integer | SPELLED.timestamp);
  return bits & SPELLED.unsure;
}

/** True when a value of these bits can be read as `type` without a further look. */
export function isReadAs(type: string, bits: number): boolean {
  const wanted = /^U?(TINY|SMALL|BIG)?INT(EGER)?$/.test(type)
    ? SPELLED.integer
    : ({
        FLOAT: SPELLED.number,
        DOUBLE: SPELLED.number,
        DATE: SPELLED.date,
        TIMESTAMP: SPELLED.timestamp,
        BOOLEAN: SPELLED.boolean,
      }[type] ?? 0);
  return (bits & wanted) !== 0;
}

/** The narrowest type for a column of these bits: null where it has no value, undefined where they do not tell. */
export function typeOf(bits: number): string | null | undefined {
  const has = (wanted: number) => (bits & wanted) === wanted;
  if (bits === NO_VALUE) return null;
  if (!has(SPELLED.unsure)) return 'VARCHAR';
  if (has(SPELLED.boolean)) return 'BOOLEAN';
  if (has(SPELLED.integer | SPELLED.canonical)) return 'BIGINT';
  if (has(SPELLED.number | SPELLED.canonical | SPELLED.short)) return 'DOUBLE';
  if (has(SPELLED.date)) return 'DATE';
  return has(SPELLED.timestamp) ? 'TIMESTAMP' : undefined;
}
