import type { BatchOutcome } from './batch-outcome.ts';
import { cut } from './excerpt.ts';
import type { Failure } from './failure.ts';

/** Files named in a notification; the report names all. */
const NAMED_MAX = 50;
/** Bad rows named with each of them. */
const ROWS_NAMED_MAX = 3;
/** Well under SNS's 262,144 bytes, and so that a state has room for the rest. */
const MESSAGE_BYTES_MAX = 40_000;
/** Step Functions allows a cause 32,768 characters and an error name 256. */
const CAUSE_CHARACTERS_MAX = 4_000;
const ERROR_CHARACTERS_MAX = 256;
/** SNS: ASCII, under 100 characters. */
const SUBJECT_CHARACTERS_MAX = 99;

/** What people are told about a batch with failures, and what its execution ends with. */
export interface FailureTexts {
  subject: string;
  message: string;
  error: string;
  cause: string;
}

export function failureTexts(
  outcome: BatchOutcome,
  report: { bucket: string; key: string } | null,
): FailureTexts {
  const { batch, failed, failures } = outcome;
  const where = batch.partition === '' ? '' : `, partition "${printable(batch.partition)}"`;
  const head = `${failed} of ${batch.count} files failed in batch ${batch.id} of route ${batch.route}${where}.`;
  const pointer = report ? `All of it: s3://${report.bucket}/${printable(report.key)}` : '';
  const done = `${outcome.processed} processed (${outcome.rows} rows), ${outcome.superseded} superseded by later writes.`;
  const problem = outcome.problem
    ? `${outcome.problem.error}: ${printable(cut(outcome.problem.cause, 1_000))}`
    : '';
  const opening = [head, done, problem, ''].filter((line, index) => line !== '' || index === 3);
  return {
    subject: subjectOf(outcome),
    message: textOf(opening, failures.slice(0, NAMED_MAX), failed, pointer, MESSAGE_BYTES_MAX),
    error: cut(errorOf(outcome), ERROR_CHARACTERS_MAX),
    cause: textOf([head], failures.slice(0, 10), failed, pointer, CAUSE_CHARACTERS_MAX),
  };
}

function subjectOf({ batch, failed }: BatchOutcome): string {
  const text = `Spillway: ${failed} of ${batch.count} files failed (${batch.route})`;
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, SUBJECT_CHARACTERS_MAX);
}

/** The one error that all failures share, else FilesFailed. */
function errorOf({ failures, problem }: BatchOutcome): string {
  const names = new Set(failures.map(({ error }) => error));
  if (problem) names.add(problem.error);
  const [only] = names;
  return names.size === 1 && only !== undefined && only !== '' ? only : 'FilesFailed';
}

/** Opening lines, as many files as fit, how many more there are, and where all of it lies. */
function textOf(
  opening: string[],
  failures: readonly Failure[],
  failed: number,
  pointer: string,
  bytesMax: number,
): string {
  const lines = [...opening];
  let bytes = Buffer.byteLength(`${opening.join('\n')}\n${pointer}\n`) + 40;
  let named = 0;
  for (const failure of failures) {
    const entry = linesOf(failure);
    bytes += Buffer.byteLength(entry.join('\n')) + 1;
    if (bytes > bytesMax) break;
    lines.push(...entry);
    named += 1;
  }
  if (failed > named) lines.push(`and ${failed - named} more.`);
  if (pointer !== '') lines.push(pointer);
  return lines.join('\n');
}

function linesOf({ bucket, key, error, cause, badRows = [] }: Failure): string[] {
  return [
    `s3://${bucket}/${printable(key)}: ${error}: ${printable(cut(cause, 300))}`,
    ...badRows.slice(0, ROWS_NAMED_MAX).map(({ line, column, problem }) => {
      const where =
        column === undefined ? `line ${line}` : `line ${line}, column ${printable(cut(column, 60))}`;
      return `  ${where}: ${printable(cut(problem, 200))}`;
    }),
  ];
}

/** Keys are anybody's: no line break, control or direction mark of theirs may shape our text. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
