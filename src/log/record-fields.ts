/**
 * The pieces that an encoded record is laid out with: JSON values by position, numbers as differences, columns of
 * texts with what they share written once. Every piece gives back exactly what went in.
 */

/** A value that is not what the layout says at its place. Decoding turns it into a LogCorruptError. */
export class RecordShapeError extends Error {
  override readonly name = 'RecordShapeError';
}

export function listOf(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new RecordShapeError(`${what} should be a list`);
  return value;
}

export function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new RecordShapeError(`${what} should be a text`);
  return value;
}

export function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new RecordShapeError(`${what} should be a number`);
  return value;
}

/**
 * A number as its difference from one that the reader knows by then. Where floating point would not give the
 * number back exactly, the number itself, marked by a list around it.
 */
export function relative(value: number, base: number): number | [number] {
  if (!Number.isFinite(value)) {
    throw new RangeError(`A record can hold finite numbers only, not ${value}.`);
  }
  const difference = value - base;
  return base + difference === value ? difference : [value];
}

export function absolute(packed: unknown, base: number, what: string): number {
  if (Array.isArray(packed)) return numberOf(packed[0], what);
  return base + numberOf(packed, what);
}

/** Each number as its difference from the one before it, the first from `base`. */
export function packNumbers(values: number[], base: number): (number | [number])[] {
  let previous = base;
  return values.map((value) => {
    const packed = relative(value, previous);
    previous = value;
    return packed;
  });
}

export function unpackNumbers(packed: unknown, base: number, what: string): number[] {
  let previous = base;
  return listOf(packed, what).map((entry) => {
    previous = absolute(entry, previous, what);
    return previous;
  });
}

/** 0 when no value is there; else what all share at the start, at the end, and what is left of each. */
export type PackedTexts = 0 | [prefix: string, suffix: string, rest: string | (string | null)[]];

/**
 * A column of texts. Rests of one length are joined without separators; a column of equal texts thus costs its
 * text once. Cutting inside a surrogate pair is harmless: texts are cut and joined as UTF-16, and JSON escapes
 * the lone halves.
 */
export function packTexts(values: (string | undefined)[]): PackedTexts {
  const present = values.filter((value) => value !== undefined);
  const [sample] = present;
  if (sample === undefined) return 0;
  const prefix = present.reduce(sharedPrefix, sample);
  const suffix = present.map((value) => value.slice(prefix.length)).reduce(sharedSuffix);
  const rests = values.map((value) =>
    value === undefined ? null : value.slice(prefix.length, value.length - suffix.length),
  );
  const width = sample.length - prefix.length - suffix.length;
  const sameWidth = rests.every((rest) => rest?.length === width);
  return [prefix, suffix, sameWidth ? rests.join('') : rests];
}

export function unpackTexts(packed: unknown, count: number, what: string): (string | undefined)[] {
  if (packed === 0) return new Array<undefined>(count).fill(undefined);
  const [prefix, suffix, rest] = listOf(packed, what);
  const start = textOf(prefix, what);
  const end = textOf(suffix, what);
  const rests = typeof rest === 'string' ? cut(rest, count, what) : listOf(rest, what);
  if (rests.length !== count) throw new RecordShapeError(`${what} should have ${count} entries`);
  return rests.map((entry) => (entry === null ? undefined : start + textOf(entry, what) + end));
}

function cut(joined: string, count: number, what: string): string[] {
  const width = joined.length / count;
  if (!Number.isInteger(width)) throw new RecordShapeError(`${what} should have ${count} equal parts`);
  return Array.from({ length: count }, (_, index) => joined.slice(index * width, (index + 1) * width));
}

function sharedPrefix(a: string, b: string): string {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return a.slice(0, length);
}

function sharedSuffix(a: string, b: string): string {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)) {
    length += 1;
  }
  return a.slice(a.length - length);
}
