/** Where in routes.yml; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Keys and list indexes from the top of the file. */
export type Path = readonly (string | number)[];

/** One thing in routes.yml that cannot stay. */
export interface Problem extends Place {
  file: string;
  /** As a reader writes it: `routes.sales.flush[0].cron`; empty for the file as a whole. */
  path: string;
  /** What stands there, as short JSON; empty where nothing does. */
  value: string;
  expected: string;
  /** All of it in one line. */
  message: string;
  hint?: string;
}

/** What a check found, before it is brought into the shape that people read. */
export interface Finding {
  path: Path;
  /** Completes "routes.sales.batch.count …": `is 0`, `is missing`. */
  state: string;
  expected: string;
  hint?: string;
  /** The value found, where the state does not speak of it. */
  value?: unknown;
  /** Points at the key instead of the value. */
  atKey?: boolean;
}

/** routes.yml cannot be used. */
export class RoutesInvalidError extends Error {
  override readonly name = 'RoutesInvalidError';
  readonly file: string;
  /** Every problem that was found, in the order of the file. */
  readonly problems: Problem[];

  constructor(file: string, problems: Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`${file} has ${count}:\n${problems.map((problem) => `  ${problem.message}`).join('\n')}`);
    this.file = file;
    this.problems = problems;
  }
}

export function problemAt(file: string, place: Place, finding: Omit<Finding, 'atKey'>): Problem {
  const path = printable(pathText(finding.path));
  const expected = printable(finding.expected);
  const hint = finding.hint === undefined ? '' : printable(finding.hint);
  const subject = path === '' ? 'the file' : path;
  const where = `${file}:${place.line}:${place.column}`;
  const message = `${where} ${subject} ${printable(finding.state)}; expected ${expected}.${hint === '' ? '' : ` ${hint}`}`;
  return {
    file,
    ...place,
    path,
    value: finding.value === undefined ? '' : valueText(finding.value),
    expected,
    message,
    ...(hint === '' ? {} : { hint }),
  };
}

/** A path as people write it. */
export function pathText(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\p{L}\p{N}_-]+$/u.test(step)) return `[${shortened(JSON.stringify(step))}]`;
      return `${index === 0 ? '' : '.'}${shortened(step)}`;
    })
    .join('');
}

/** A value as short JSON. */
export function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'empty';
  return printable(shortened(JSON.stringify(value) ?? typeof value));
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= 60 ? text : `${characters.slice(0, 57).join('')}…`;
}

/** Line breaks, control characters and marks that turn the direction of writing would garble a terminal's line. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
