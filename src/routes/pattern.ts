/** A piece of a prefix between two slashes. */
export type Segment =
  | { kind: 'literal'; text: string }
  /** One or more characters other than `/`, between `before` and `after`. */
  | { kind: 'variable'; name: string; before: string; after: string };

/** A route's prefix, read: full segments, then the beginning of the rest. */
export interface Pattern {
  segments: readonly Segment[];
  /** Text after the last slash: the key goes on with it. */
  tail: string;
}

/** A prefix cannot be used as a pattern. */
export class PatternInvalidError extends Error {
  override readonly name = 'PatternInvalidError';
  readonly prefix: string;
  readonly expected: string;

  constructor(prefix: string, expected: string) {
    super(`The prefix ${JSON.stringify(prefix)} is not valid; expected ${expected}.`);
    this.prefix = prefix;
    this.expected = expected;
  }
}

/** Keys have at most 1,024 bytes of UTF-8 (S3 user guide, object keys); a prefix has to leave room for a name. */
const MAX_PREFIX_BYTES = 1_000;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

/**
 * Reads a prefix such as `partners/{partner}/`. The empty prefix stands for every key of the bucket.
 *
 * @throws PatternInvalidError
 */
export function parsePattern(prefix: string): Pattern {
  if (Buffer.byteLength(prefix) > MAX_PREFIX_BYTES) {
    throw new PatternInvalidError(prefix, `at most ${MAX_PREFIX_BYTES} bytes`);
  }
  if (/\p{Cc}|\p{Cs}/u.test(prefix)) throw new PatternInvalidError(prefix, 'no control characters');
  if (prefix.startsWith('/'))
    throw new PatternInvalidError(prefix, 'no slash at the beginning: S3 keys have none');
  if (prefix.startsWith('s3:')) throw new PatternInvalidError(prefix, 'a prefix without s3:// and bucket');
  const texts = prefix.split('/');
  const tail = texts.pop() ?? '';
  if (/[{}]/.test(tail)) {
    throw new PatternInvalidError(prefix, 'a slash after the last {variable}, which stands for one folder');
  }
  checkText(prefix, tail);
  const segments = texts.map((text) => readSegment(prefix, text));
  const names = segments.flatMap((segment) => (segment.kind === 'variable' ? [segment.name] : []));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new PatternInvalidError(prefix, `every {variable} once; {${repeated}} stands twice`);
  }
  return { segments, tail };
}

/** Whether a segment of a key fits, and for a variable its value; null when it does not fit. */
export function segmentValue(segment: Segment, text: string): string | null {
  if (segment.kind === 'literal') return segment.text === text ? '' : null;
  const { before, after } = segment;
  if (text.length <= before.length + after.length) return null;
  if (!text.startsWith(before) || !text.endsWith(after)) return null;
  return text.slice(before.length, text.length - after.length);
}

/**
 * How sure a pattern is of its keys, position by position: negative when `a` goes first. A literal segment beats a
 * literal beginning, which beats a variable with literal text, which beats a bare variable, which beats the end of
 * the pattern; among equals the longer literal text goes first. 0: neither can be preferred.
 */
export function comparePatterns(a: Pattern, b: Pattern): number {
  const length = Math.max(a.segments.length, b.segments.length) + 1;
  for (let position = 0; position < length; position++) {
    const [rankA, textA] = certainty(a, position);
    const [rankB, textB] = certainty(b, position);
    if (rankA !== rankB) return rankB - rankA;
    if (textA !== textB && rankA !== RANK.literal) return textB - textA;
  }
  return 0;
}

/** Whether some key matches both patterns, for patterns of which neither can be preferred. */
export function patternsMeet(a: Pattern, b: Pattern): boolean {
  if (a.tail !== b.tail) return false;
  return a.segments.every((left, index) => {
    const right = b.segments[index];
    if (right === undefined) return false;
    if (left.kind === 'literal' || right.kind === 'literal') {
      const [literal, other] = left.kind === 'literal' ? [left, right] : [right, left];
      return literal.kind === 'literal' && segmentValue(other, literal.text) !== null;
    }
    return startsAlike(left.before, right.before) && endsAlike(left.after, right.after);
  });
}

/** Whether some key that begins with the literal `prefix` matches the pattern. */
export function patternMeetsPrefix(pattern: Pattern, prefix: string): boolean {
  const folders = prefix.split('/');
  const rest = folders.pop() ?? '';
  for (const [index, segment] of pattern.segments.entries()) {
    const folder = folders[index];
    if (folder === undefined) {
      return segment.kind === 'literal' ? segment.text.startsWith(rest) : startsAlike(segment.before, rest);
    }
    if (segmentValue(segment, folder) === null) return false;
  }
  const next = folders[pattern.segments.length];
  return next === undefined ? startsAlike(pattern.tail, rest) : next.startsWith(pattern.tail);
}

/** Whether some key can end with both. */
export function endsAlike(a: string, b: string): boolean {
  return a.endsWith(b) || b.endsWith(a);
}

function startsAlike(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

const RANK = { literal: 4, beginning: 3, variableWithText: 2, variable: 1, end: 0 };

function certainty(pattern: Pattern, position: number): [rank: number, literalText: number] {
  const segment = pattern.segments[position];
  if (segment === undefined) {
    const beginning = position === pattern.segments.length && pattern.tail !== '';
    return beginning ? [RANK.beginning, pattern.tail.length] : [RANK.end, 0];
  }
  if (segment.kind === 'literal') return [RANK.literal, segment.text.length];
  const text = segment.before.length + segment.after.length;
  return text > 0 ? [RANK.variableWithText, text] : [RANK.variable, 0];
}

function readSegment(prefix: string, text: string): Segment {
  if (text === '') throw new PatternInvalidError(prefix, 'no two slashes side by side');
  const match = /^([^{}]*)\{([^{}]*)\}([^{}]*)$/.exec(text);
  if (match === null) {
    if (/[{}]/.test(text)) {
      throw new PatternInvalidError(
        prefix,
        'between two slashes one {variable} at most, in one pair of braces',
      );
    }
    checkText(prefix, text);
    return { kind: 'literal', text };
  }
  const [, before = '', name = '', after = ''] = match;
  if (!NAME.test(name)) {
    throw new PatternInvalidError(
      prefix,
      `a variable name of up to 32 letters, digits and _ that begins with a letter, not {${name}}`,
    );
  }
  checkText(prefix, before);
  checkText(prefix, after);
  return { kind: 'variable', name, before, after };
}

function checkText(prefix: string, text: string): void {
  if (text === '.' || text === '..') {
    throw new PatternInvalidError(prefix, 'no . or .. between slashes: S3 keys are no paths');
  }
  if (text.includes('*')) throw new PatternInvalidError(prefix, 'a {variable} for one folder, not *');
}
