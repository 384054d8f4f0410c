import { EXIT, type ExitCode } from './exit-codes.ts';

/** What every error of this folder carries besides its message. `code` is stable: scripts may compare it. */
export interface Told extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  /** What to do about it. */
  readonly hint: string;
}

export function isTold(error: unknown): error is Told {
  return error instanceof Error && 'code' in error && 'exitCode' in error && 'hint' in error;
}

/** The command line cannot be understood. */
export class UsageError extends Error implements Told {
  override readonly name = 'UsageError';
  readonly code = 'usage';
  readonly exitCode = EXIT.usage;
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** The act has to be confirmed and there is no terminal to ask on. Nothing was changed. */
export class ConfirmationNeededError extends Error implements Told {
  override readonly name = 'ConfirmationNeededError';
  readonly code = 'confirmation-needed';
  readonly exitCode = EXIT.usage;
  readonly hint = 'Repeat it with --yes to do it, or with --dry-run to see what it would do.';

  constructor(act: string) {
    super(`${act} has to be confirmed, and there is no terminal to ask on. Nothing was changed.`);
  }
}

/** The user answered no. Nothing was changed. */
export class DeclinedError extends Error implements Told {
  override readonly name = 'DeclinedError';
  readonly code = 'declined';
  readonly exitCode = EXIT.declined;
  readonly hint = 'Answer y to do it.';

  constructor() {
    super('Declined. Nothing was changed.');
  }
}

/** Nothing listens at the server's address. */
export class ServerUnreachableError extends Error implements Told {
  override readonly name = 'ServerUnreachableError';
  readonly code = 'server-unreachable';
  readonly exitCode = EXIT.failed;
  readonly hint: string;
  readonly url: string;

  constructor(
    url: string,
    cause: unknown,
    hint = 'Start one with "spillway start", or name another with --url or SPILLWAY_URL.',
  ) {
    super(`No Spillway server answers at ${url}.`, { cause });
    this.url = url;
    this.hint = hint;
  }
}

/** The server took the request and did not answer in time. What it was asked may have been done. */
export class AnswerLateError extends Error implements Told {
  override readonly name = 'AnswerLateError';
  readonly code = 'answer-late';
  readonly exitCode = EXIT.failed;
  readonly hint = 'Look with "spillway windows" whether it is well, then try again.';
  readonly url: string;

  constructor(url: string, waitedMs: number) {
    super(`${url} has not answered within ${waitedMs / 1000} s.`);
    this.url = url;
  }
}

/** Something answers, but not in the words of this version's API. */
export class AnswerUnknownError extends Error implements Told {
  override readonly name = 'AnswerUnknownError';
  readonly code = 'answer-unknown';
  readonly exitCode = EXIT.failed;
  readonly hint = 'Is it a Spillway server, and of the same version as this command?';
  readonly url: string;

  constructor(url: string, detail: string, cause?: unknown) {
    super(`The answer of ${url} cannot be understood: ${detail}.`, { cause });
    this.url = url;
  }
}

/** The server refused, and said why as problem+json. */
export class ProblemError extends Error implements Told {
  override readonly name = 'ProblemError';
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string;
  readonly status: number;

  constructor(problem: { status: number; code: string; message: string; hint: string }) {
    super(problem.message);
    this.code = problem.code;
    this.status = problem.status;
    this.hint = problem.hint;
    this.exitCode = exitCodeOfStatus(problem.status);
  }
}

function exitCodeOfStatus(status: number): ExitCode {
  if (status === 400 || status === 422) return EXIT.usage;
  if (status === 401 || status === 403) return EXIT.credentials;
  if (status === 404) return EXIT.notFound;
  return EXIT.failed;
}

/** The file with the server's token is not there or cannot be read. */
export class TokenUnreadableError extends Error implements Told {
  override readonly name = 'TokenUnreadableError';
  readonly code = 'token-unreadable';
  readonly exitCode = EXIT.credentials;
  readonly hint = 'The server writes it at start: name the folder that it was started with by --root.';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(`The token in ${file} cannot be read (${reasonOf(cause)}).`, { cause });
    this.file = file;
  }
}

/** A file named on the command line cannot be read. */
export class FileUnreadableError extends Error implements Told {
  override readonly name = 'FileUnreadableError';
  readonly code = 'file-unreadable';
  readonly exitCode: ExitCode;
  readonly hint: string;
  readonly file: string;

  constructor(file: string, hint: string, cause: unknown) {
    super(`${file} cannot be read (${reasonOf(cause)}).`, { cause });
    this.file = file;
    this.hint = hint;
    this.exitCode = systemCode(cause) === 'ENOENT' ? EXIT.notFound : EXIT.failed;
  }
}

/** No dead letter has this id. */
export class DeadLetterUnknownError extends Error implements Told {
  override readonly name = 'DeadLetterUnknownError';
  readonly code = 'dead-letter-unknown';
  readonly exitCode = EXIT.notFound;
  readonly hint =
    'It may have been sent back, or somebody else is looking at it: "spillway dlq ls" in a minute.';

  constructor(id: string) {
    super(`There is no dead letter ${id}.`);
  }
}

/** routes.yml has no route by that name. */
export class RouteUnknownError extends Error implements Told {
  override readonly name = 'RouteUnknownError';
  readonly code = 'route-unknown';
  readonly exitCode = EXIT.notFound;
  readonly hint: string;
  readonly route: string;

  constructor(route: string, file: string, known: readonly string[]) {
    super(`There is no route "${route}" in ${file}.`);
    this.route = route;
    this.hint = known.length === 0 ? 'It has no routes at all.' : `It has: ${known.join(', ')}.`;
  }
}

function systemCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}

function reasonOf(cause: unknown): string {
  const code = systemCode(cause);
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'it is a folder';
  return cause instanceof Error ? cause.message : String(cause);
}
