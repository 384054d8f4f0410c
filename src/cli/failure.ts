import { isTold, UsageError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { escapeLine } from './text/escape.ts';

/** An error as the user is told about it. */
export interface Failure {
  code: string;
  message: string;
  hint: string;
  exitCode: ExitCode;
}

/** Conditions that other folders know, and that are not plain failures to a script. */
const EXIT_BY_NAME: Record<string, ExitCode> = {
  CredentialsMissingError: EXIT.credentials,
  AccessRefusedError: EXIT.credentials,
  RegionMissingError: EXIT.usage,
  StageUnknownError: EXIT.notFound,
};

const MESSAGE_CHARACTERS_MAX = 4_000;

/**
 * Puts any error into words. Errors of other folders keep their own message, which says what to do, and get a
 * code from their name (`PortInUseError` → `port-in-use`). Anything else is our own bug: no stack is shown
 * unless SPILLWAY_DEBUG asks for it.
 */
export function failureOf(error: unknown): Failure {
  if (isTold(error)) {
    return { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode };
  }
  const commander = usageFromParser(error);
  if (commander !== null) return failureOf(commander);
  if (error instanceof Error && isNamedCondition(error)) {
    const exitCode = EXIT_BY_NAME[error.name] ?? EXIT.failed;
    return { code: kebab(error.name), message: error.message, hint: '', exitCode };
  }
  if (error instanceof Error && 'code' in error && 'syscall' in error) {
    return { code: 'system', message: `${error.message}.`, hint: '', exitCode: EXIT.failed };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: 'unexpected',
    message: `Something unexpected went wrong: ${reason}.`,
    hint: 'Set SPILLWAY_DEBUG=1 to see where, and please report it.',
    exitCode: EXIT.failed,
  };
}

/** The one line that a person reads. */
export function failureLine(failure: Failure): string {
  const text = failure.hint === '' ? failure.message : `${failure.message} ${failure.hint}`;
  const lines = text.slice(0, MESSAGE_CHARACTERS_MAX).split('\n');
  return `error: ${lines.map(escapeLine).join('\n')}`;
}

/** The document that a program reads. */
export function failureDocument(failure: Failure): unknown {
  const { code, message, hint } = failure;
  return { schemaVersion: 1, error: { code, message, hint } };
}

/** commander's complaints: `error: unknown option '--foo'\n(Did you mean --for?)`. */
function usageFromParser(error: unknown): UsageError | null {
  if (!(error instanceof Error) || error.name !== 'CommanderError' || !('code' in error)) return null;
  if (error.code === 'commander.help') {
    return new UsageError('A command is missing after this one.', 'Its help lists them.');
  }
  const [first = '', second] = error.message.replace(/^error: /, '').split('\n');
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1)}${/[.!?]$/.test(first) ? '' : '.'}`;
  return new UsageError(message, second?.replace(/^\((.*)\)$/, '$1') ?? 'See "spillway --help".');
}

/** Our own error classes are named after a condition; JavaScript's built-in ones say nothing about ours. */
function isNamedCondition(error: Error): boolean {
  const builtIn = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'AggregateError'];
  return error.name.endsWith('Error') && !builtIn.includes(error.name);
}

function kebab(name: string): string {
  return name
    .replace(/Error$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}
