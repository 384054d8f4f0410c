import * as z from 'zod';
import { didYouMean, listed } from './nearest.ts';

/** A value of routes.yml, read: what it means, or what should stand there. */
export type Reading<Meaning> =
  | { ok: true; meaning: Meaning }
  | { ok: false; expected: string; hint?: string };

export type Reader<Meaning> = (value: unknown) => Reading<Meaning>;

export function meant<Meaning>(meaning: Meaning): Reading<Meaning> {
  return { ok: true, meaning };
}

export function refused(expected: string, hint: string | null = null): Reading<never> {
  return { ok: false, expected, ...(hint === null ? {} : { hint }) };
}

/** A schema for one value. An issue's message is what was expected; its `params.hint` goes on from there. */
export function reading<Meaning>(read: Reader<Meaning>) {
  return z.unknown().transform((value, context): Meaning => {
    const result = read(value);
    if (result.ok) return result.meaning;
    context.addIssue({ code: 'custom', message: result.expected, params: { hint: result.hint } });
    return z.NEVER;
  });
}

/** A schema for a mapping with exactly these keys. An issue over an unknown key has all of them as its message. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? keys.join(' ') : `a mapping with ${listed(keys)}`),
  });
}

/** A schema for a mapping with free keys. */
export function mappingOf<Value extends z.ZodType>(expected: string, value: Value) {
  return z.record(z.string(), value, { error: () => expected });
}

/** A schema for a list. */
export function listOf<Item extends z.ZodType>(expected: string, item: Item) {
  return z.array(item, { error: () => expected });
}

export function readText(expected: string): Reader<string> {
  return (value) => {
    if (typeof value === 'string') return meant(value);
    if (value === undefined || value === null || typeof value === 'object') return refused(expected);
    return refused(expected, `Put quotes around it if it is meant as a text: "${value}".`);
  };
}

export function readWholeNumber(min: number, max: number): Reader<number> {
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
      return meant(value);
    // Only here: the first text of a locale costs a cold start 15 ms.
    const expected = `a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
    const digits = typeof value === 'string' ? value.replace(/[_,]/g, '') : '';
    return refused(expected, /^\d+$/.test(digits) ? `Write ${digits} without quotes or separators.` : null);
  };
}

/** One of a few words. */
export function readChoice<const Choice extends string>(choices: readonly Choice[]): Reader<Choice> {
  return (value) => {
    const choice = choices.find((known) => known === value);
    if (choice !== undefined) return meant(choice);
    const { hint } = didYouMean(String(value), choices);
    return refused(choices.join(' or '), hint);
  };
}

/** The name of something that is declared elsewhere. */
export function readName(expected: string, names: readonly string[]): Reader<string> {
  const all = `${expected}${names.length === 0 ? '; there are none' : `: ${listed(names)}`}`;
  return (value) => {
    if (typeof value !== 'string') return refused(all);
    if (names.includes(value)) return meant(value);
    return refused(all, didYouMean(value, names).hint);
  };
}
