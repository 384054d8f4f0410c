import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternInvalidError, parsePattern, patternMeetsPrefix } from '../../src/routes/pattern.ts';
import { routingTable } from '../../src/routes/routing-table.ts';
import { routeWith } from './configurations.ts';

function partitionOf(prefix: string, key: string): string | null {
  return routingTable([routeWith({ prefix })]).find(key)?.partition ?? null;
}

describe('which keys a prefix takes, and their partition', () => {
  it.each([
    ['sales/', 'sales/a.csv', ''],
    ['sales/', 'sales/2026/a.csv', ''],
    ['sales/', 'sales/', ''],
    ['sales/', 'sales', null],
    ['sales/', 'sales-old/a.csv', null],
    ['sales/', 'x/sales/a.csv', null],
    ['chapter10', 'chapter10/a.csv', ''],
    ['chapter10', 'chapter10', ''],
    ['chapter10', 'chapter101.csv', ''],
    ['chapter10', 'chapter1', null],
    ['', 'anything/at/all', ''],
    ['', '', ''],
    ['', '//', ''],
    ['partners/{partner}/', 'partners/acme/a.csv', 'acme'],
    ['partners/{partner}/', 'partners/acme/deep/a.csv', 'acme'],
    ['partners/{partner}/', 'partners/acme/', 'acme'],
    ['partners/{partner}/', 'partners/acme', null],
    ['partners/{partner}/', 'partners//a.csv', null],
    ['partners/{partner}/', 'partners/žluť 🚚#%2F+/a.csv', 'žluť 🚚#%2F+'],
    ['partners/{partner}/', 'partners/../a.csv', '..'],
    ['{a}/{b}/', 'x/y/z', 'x/y'],
    ['{a}/in/{b}/', 'x/in/y/z', 'x/y'],
    ['dt={date}/', 'dt=2026-11-02/a', '2026-11-02'],
    ['dt={date}/', 'dt=/a', null],
    ['dt={date}/', 'dtx=1/a', null],
    ['v{major}-final/', 'v1-final/a', '1'],
    ['v{major}-final/', 'v-final/a', null],
    ['aa{x}aa/', 'aaa/f', null],
    ['aa{x}aa/', 'aaaaa/f', 'a'],
    ['{partner}/manifest', 'acme/manifest-1.json', 'acme'],
    ['{partner}/manifest', 'acme/data.csv', null],
    ['{Partner_2}/', 'a/b', 'a'],
  ])('%j and %j: %j', (prefix, key, partition) => {
    expect(partitionOf(prefix, key)).toBe(partition);
  });

  it('suffixes are part of matching, letter by letter', () => {
    const table = routingTable([routeWith({ prefix: 'in/', suffixes: ['.csv', '.tar.gz'] })]);
    const taken = ['in/a.csv', 'in/a.tar.gz', 'in/.csv', 'in/a.CSV', 'in/a.gz', 'in/csv', 'in/a.csv/b'];
    expect(taken.filter((key) => table.find(key) !== null)).toEqual(['in/a.csv', 'in/a.tar.gz', 'in/.csv']);
  });
});

describe('a prefix that cannot be a pattern', () => {
  it.each([
    '/sales/',
    'a//b/',
    'a/../b/',
    './a/',
    'a/..',
    's3://landing/a/',
    'a/*.csv',
    '*/a/',
    'a/{x',
    'a/x}/',
    'a/{x}',
    'a/{}/',
    'a/{1x}/',
    'a/{x y}/',
    'a/{x}{y}/',
    'a/{x}-{y}/',
    'a/{{x}}/',
    '{x}/{x}/',
    'a\u0000/',
    'a\nb/',
    'a\ud800/',
    `${'x'.repeat(1_001)}`,
    `{${'x'.repeat(33)}}/`,
  ])('%j is refused', (prefix) => {
    expect(() => parsePattern(prefix)).toThrow(PatternInvalidError);
  });

  it('any text is read or refused, nothing else', () => {
    const piece = fc.constantFrom('{', '}', '/', 'x', '.', '..', '*', '{a}', 'é', ' ');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (prefix) => {
        try {
          parsePattern(prefix);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternInvalidError);
        }
      }),
    );
  });
});

describe('whether keys under an output could come back', () => {
  it.each([
    ['sales/', 'sales/', true],
    ['sales/', 'sales/out/', true],
    ['sales/out/', 'sales/', true],
    ['sales/', 'curated/', false],
    ['sales', 'sales-out/', true],
    ['', 'anything/', true],
    ['x/', '', true],
    ['{a}/', 'out/', true],
    ['{a}/in/', 'out/', true],
    ['{a}/in/', 'out/x/', false],
    ['{a}/in/', 'out/in/', true],
    ['dt={d}/', 'd', true],
    ['dt={d}/', 'dt=1/', true],
    ['dt={d}/', 'dt=/', false],
    ['dt={d}/', 'x', false],
    ['{a}/man', 'out/manual/', true],
    ['{a}/man', 'out/m', true],
    ['{a}/man', 'out/x/', false],
  ])('pattern %j, output %j: %j', (prefix, output, meets) => {
    expect(patternMeetsPrefix(parsePattern(prefix), output)).toBe(meets);
  });

  it('a pattern that takes some key under the prefix is always said to meet it', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 6 }).map((all) => all.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom('a/', 'a/b', '{x}/', '{x}/b/', 'a{x}/', 'a/{x}b/a', ''),
        text,
        text,
        (prefix, output, rest) => {
          fc.pre(partitionOf(prefix, output + rest) !== null);
          expect(patternMeetsPrefix(parsePattern(prefix), output)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
