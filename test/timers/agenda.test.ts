import fc from 'fast-check';
import { expect, it } from 'vitest';
import { agenda } from '../../src/timers/agenda.ts';

type Step =
  | { do: 'set'; id: string; at: number }
  | { do: 'delete'; id: string }
  | { do: 'take'; now: number };

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('set' as const), id, at: fc.integer({ min: 0, max: 20 }) }),
  },
  fc.record({ do: fc.constant('delete' as const), id }),
  fc.record({ do: fc.constant('take' as const), now: fc.integer({ min: 0, max: 20 }) }),
);

it('the agenda agrees with a plain list, whatever is set, moved, deleted and taken', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps: Step[]) => {
      const subject = agenda<number>();
      const model = new Map<string, number>();
      for (const one of steps) {
        if (one.do === 'set') {
          subject.set(one.id, one.at, one.at);
          model.set(one.id, one.at);
        } else if (one.do === 'delete') {
          expect(subject.delete(one.id)).toBe(model.delete(one.id));
        } else {
          const earliest = Math.min(...model.values());
          const taken = subject.takeDue(one.now);
          expect(taken?.at).toBe(earliest <= one.now ? earliest : undefined);
          if (taken) expect(model.get(taken.id)).toBe(taken.at);
          if (taken) model.delete(taken.id);
        }
        expect(subject.size).toBe(model.size);
        expect(subject.first()?.at ?? Infinity).toBe(Math.min(...model.values()));
        for (const [key, at] of model) expect(subject.get(key)).toEqual({ id: key, at, item: at });
      }
    }),
  );
});
