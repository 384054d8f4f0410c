import { parseArgs } from 'node:util';
import { nearestNames } from '../src/queries/nearest.ts';
import { FLAGS, type Flag } from './flags.ts';
import { BENCHES, DEFAULT, UnknownBenchError } from './registry.ts';

/** What the command line asks for. */
export interface Asked {
  /** Undefined when no bench is named, which means {@link DEFAULT}. */
  name: string | undefined;
  /** Flags by their name; without a value '' . */
  flags: Readonly<Record<string, string>>;
}

/** The command line cannot be followed. */
export class NotUnderstoodError extends Error {
  override readonly name = 'NotUnderstoodError';
}

/**
 * The bench and its flags, all of them known and well-formed.
 * @throws NotUnderstoodError, UnknownBenchError
 */
export function askedFor(args: readonly string[]): Asked {
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(FLAGS).map(([flag, { takes }]) => [
        flag,
        { type: takes === 'nothing' ? 'boolean' : 'string' },
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const [name, more] = positionals;
  if (more !== undefined) {
    throw new NotUnderstoodError(
      `One bench at a time: "${name}" or "${more}"? \`all\` runs all that is kept.`,
    );
  }
  if (name !== undefined && name !== 'all' && !BENCHES.includes(name)) throw new UnknownBenchError(name);
  const flags: Record<string, string> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    check(token, name ?? DEFAULT);
    flags[token.name] = token.value ?? '';
  }
  return { name, flags };
}

interface Given {
  name: string;
  /** With its dashes. */
  rawName: string;
  value?: string | undefined;
}

function check({ name, rawName, value }: Given, bench: string): void {
  const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
  if (!flag) throw new NotUnderstoodError(`There is no flag ${rawName}. ${meant(name, bench)}`);
  if (!flag.of.includes(bench)) {
    throw new NotUnderstoodError(
      `${rawName} says nothing to ${bench}: it is a flag of ${flag.of.join(', ')}. ${meant(name, bench)}`,
    );
  }
  if (!isGood(flag, name, value)) {
    const said = value === undefined ? 'and nothing follows it' : `not "${value}"`;
    throw new NotUnderstoodError(`${rawName} takes ${wanted(flag)}, ${said}.`);
  }
}

function meant(name: string, bench: string): string {
  const known = Object.keys(FLAGS).filter((flag) => FLAGS[flag]?.of.includes(bench));
  const near = nearestNames(
    name,
    known.filter((flag) => flag !== name),
  );
  const shown = (names: string[]) => names.map((flag) => `--${flag}`);
  if (near.length > 0) return `Did you mean ${shown(near).join(' or ')}?`;
  return `${bench} has ${shown(known).join(', ')}.`;
}

function wanted({ takes }: Flag): string {
  if (takes === 'nothing') return 'no value';
  return takes === 'a whole number' || takes === 'a number' ? `${takes} above 0` : takes;
}

function isGood({ takes }: Flag, name: string, value: string | undefined): boolean {
  if (takes === 'nothing') return value === undefined;
  // The standard output, where no file is named.
  if (value === undefined) return name === 'json';
  if (takes === 'a file' || takes === 'a folder') return value !== '' && !value.startsWith('--');
  if (!/^\d+(\.\d+)?$/.test(value)) return false;
  return Number(value) > 0 && (takes === 'a number' || Number.isSafeInteger(Number(value)));
}
