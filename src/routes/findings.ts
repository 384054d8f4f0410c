import type * as z from 'zod';
import { didYouMean } from './nearest.ts';
import { type Finding, type Path, valueText } from './problem.ts';

/** What a schema found in `value`, which stands at `base`. */
export function findingsOf(error: z.ZodError, base: Path, value: unknown): Finding[] {
  return error.issues.flatMap((issue): Finding[] => {
    const inner = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    const path = [...base, ...inner];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey([...path, key], issue.message.split(' ')));
    }
    const actual = valueAt(value, inner);
    const hint: unknown = issue.code === 'custom' ? issue.params?.hint : undefined;
    return [
      {
        path,
        state: actual === undefined ? 'is missing' : `is ${valueText(actual)}`,
        expected: issue.message,
        value: actual,
        ...(typeof hint === 'string' ? { hint } : {}),
      },
    ];
  });
}

function unknownKey(path: Path, known: string[]): Finding {
  const key = String(path.at(-1));
  const expected = known.length === 1 ? `only ${known[0]}` : `one of ${known.join(', ')}`;
  return { path, state: 'is not a known key', expected, value: key, atKey: true, ...didYouMean(key, known) };
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = Reflect.get(found, step);
  }
  return found;
}
