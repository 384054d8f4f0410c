import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wantsColour } from '../../src/cli/colour.ts';
import { escapeLine, escapeValue, safeJson } from '../../src/cli/text/escape.ts';
import { bytesText, counted, durationText } from '../../src/cli/text/time.ts';
import { cut, widthOf } from '../../src/cli/text/width.ts';

const anyText = fc.string({ unit: 'binary' });

describe('escaping', () => {
  test('leaves no control character, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeValue(text)).not.toMatch(/\p{Cc}/u);
        expect(escapeLine(text)).not.toMatch(/\p{Cc}/u);
        expect(safeJson(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test('of JSON keeps its value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(JSON.parse(safeJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(safeJson(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('of a value tells different values apart', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        if (a !== b) expect(escapeValue(a)).not.toBe(escapeValue(b));
      }),
    );
  });

  test('keeps ordinary text of any language as it is', () => {
    for (const text of ['orders 2026/été.csv', '数据', 'مرحبا', '👍', 'a/b=c&d']) {
      expect(escapeValue(text)).toBe(text);
    }
  });
});

describe('cutting', () => {
  test('never exceeds the room and never splits a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 0, max: 30 }),
        fc.constantFrom('end' as const, 'middle' as const),
        (text, room, where) => {
          const short = cut(text, room, where);
          expect(widthOf(short)).toBeLessThanOrEqual(Math.max(room, 0));
          expect(short.isWellFormed()).toBe(true);
        },
      ),
    );
  });

  test('counts what terminals draw', () => {
    expect(widthOf('abc')).toBe(3);
    expect(widthOf('数据')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('👩‍👩‍👧')).toBe(2);
    expect(widthOf('｡')).toBe(1);
    expect(widthOf('한국')).toBe(4);
  });

  test('in the middle keeps both ends', () => {
    expect(cut('chapter10/orders-000001.csv', 12, 'middle')).toBe('chapte…1.csv');
  });
});

describe('colour', () => {
  const cases = [
    { choice: 'auto', env: {}, tty: true, wanted: true },
    { choice: 'auto', env: {}, tty: false, wanted: false },
    { choice: 'auto', env: { TERM: 'dumb' }, tty: true, wanted: false },
    { choice: 'auto', env: { NO_COLOR: '1' }, tty: true, wanted: false },
    { choice: 'auto', env: { NO_COLOR: '' }, tty: true, wanted: true },
    { choice: 'auto', env: { FORCE_COLOR: '1' }, tty: false, wanted: true },
    { choice: 'auto', env: { FORCE_COLOR: '0' }, tty: true, wanted: false },
    { choice: 'auto', env: { FORCE_COLOR: '1', NO_COLOR: '1' }, tty: true, wanted: false },
    { choice: 'auto', env: { FORCE_COLOR: '1', TERM: 'dumb' }, tty: false, wanted: true },
    { choice: 'always', env: { NO_COLOR: '1' }, tty: false, wanted: true },
    { choice: 'never', env: { FORCE_COLOR: '1' }, tty: true, wanted: false },
  ] as const;
  test.each(cases)('is $wanted for --color $choice, $env, terminal: $tty', ({ choice, env, tty, wanted }) => {
    expect(wantsColour(choice, env, tty)).toBe(wanted);
  });
});

describe('numbers in words', () => {
  test('durations', () => {
    const texts = [0, 400, 12_000, 724_000, 3_729_000, 273_906_000, -12_000].map(durationText);
    expect(texts).toEqual(['0.0 s', '0.4 s', '12 s', '12:04', '1:02:09', '3 d 4:05:06', '-12 s']);
  });

  test('sizes', () => {
    expect([0, 1_023, 1_536, 20 * 1_024 ** 2, 3 * 1_024 ** 4].map(bytesText)).toEqual([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '20 MiB',
      '3.0 TiB',
    ]);
  });

  test('nouns', () => {
    expect([counted(1, 'batch'), counted(2, 'batch'), counted(0, 'event')]).toEqual([
      '1 batch',
      '2 batches',
      '0 events',
    ]);
  });
});
