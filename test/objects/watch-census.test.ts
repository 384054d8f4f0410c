import fc from 'fast-check';
import { expect, it } from 'vitest';
import { census } from '../../src/objects/watch-census.ts';

it('a write is news once; another write of the same file is news again', () => {
  const known = census();
  expect(known.note('/a', '1')).toBe(true);
  expect(known.note('/a', '1')).toBe(false);
  expect(known.note('/b', '1')).toBe(true);
  expect(known.note('/a', '2')).toBe(true);
  expect(known.note('/a', '1')).toBe(true);
  expect(known.size).toBe(2);
});

it('a file that is gone is news when it comes again', () => {
  const known = census();
  known.note('/a', '1');
  known.gone('/a');
  known.gone('/never');
  expect([known.size, known.has('/a')]).toEqual([0, false]);
  expect(known.note('/a', '1')).toBe(true);
});

it('files that a round did not meet are forgotten, those that were noted during it are not', () => {
  const known = census();
  for (const path of ['/met', '/left']) known.note(path, '1');
  known.beginRound();
  known.met('/met');
  known.met('/never');
  known.note('/new', '1');
  known.endRound();
  expect(['/met', '/left', '/new', '/never'].map(known.has)).toEqual([true, false, true, false]);
  expect(known.size).toBe(2);
});

it('half a million similar names are all told apart', () => {
  const known = census();
  const names = Array.from(
    { length: 500_000 },
    (_, index) => `/data/landing/day=${index % 365}/part-${index}.csv`,
  );
  expect(names.every((name) => known.note(name, 'same'))).toBe(true);
  expect(names.some((name) => known.note(name, 'same'))).toBe(false);
  expect(known.size).toBe(names.length);
});

it('whatever happens in whatever order, it knows what a map would know', () => {
  // Few names and a small table's worth of neighbours, so that entries are moved when others go.
  const path = fc.integer({ min: 0, max: 900 }).map((number) => `/${number}`);
  const step = fc.oneof(
    fc.tuple(fc.constant('note'), path, fc.constantFrom('1', '2')),
    fc.tuple(fc.constant('gone'), path, fc.constant('')),
    fc.tuple(fc.constant('round'), path, fc.constant('')),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 500, maxLength: 2_500 }), (steps) => {
      const known = census();
      const model = new Map<string, string>();
      for (const [kind, name, write] of steps) {
        if (kind === 'note') {
          expect(known.note(name, write)).toBe(model.get(name) !== write);
          model.set(name, write);
        } else if (kind === 'gone') {
          known.gone(name);
          model.delete(name);
        } else {
          known.beginRound();
          for (const one of [...model.keys()])
            if (one > name) known.met(one);
            else model.delete(one);
          known.endRound();
        }
      }
      expect(known.size).toBe(model.size);
      for (let number = 0; number <= 900; number++)
        expect(known.has(`/${number}`)).toBe(model.has(`/${number}`));
    }),
    { numRuns: 30 },
  );
});
