import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/policy.ts';

/** The plain way: every object copied with its keys in order. */
function copied(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

describe('canonical JSON', () => {
  test('is what copying every object in order gives', () => {
    fc.assert(
      fc.property(fc.object({ withDate: true, maxDepth: 4 }), (value) => {
        expect(canonicalJson(value)).toBe(copied(value));
      }),
    );
    const odd = [
      undefined,
      new Date(0),
      { b: undefined, a: [{ d: 1, c: new Date(1) }] },
      { 10: 1, 9: 2, a: 0 },
    ];
    expect(canonicalJson(odd)).toBe(copied(odd));
  });

  test('is the same for objects whose keys were set in another order', () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: 3 } })).toBe('{"a":{"c":3,"d":2},"b":1}');
    expect(canonicalJson({ a: { c: 3, d: 2 }, b: 1 })).toBe('{"a":{"c":3,"d":2},"b":1}');
  });

  test('takes one look at every object, however deep it lies', () => {
    let looks = 0;
    let deep: unknown = { b: 1, a: 2 };
    for (let depth = 0; depth < 16; depth += 1) {
      const inner = deep;
      deep = Object.defineProperty({}, 'in', {
        enumerable: true,
        get() {
          looks += 1;
          return inner;
        },
      });
    }
    expect(canonicalJson(deep)).toContain('{"a":2,"b":1}');
    expect(looks).toBe(16);
  });
});
