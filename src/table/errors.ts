/** The table did not answer, asked to slow down, or did not say what became of the request. */
export class TableUnavailableError extends Error {
  override readonly name = 'TableUnavailableError';
  readonly table: string;

  constructor(table: string, cause: unknown) {
    super(`The table "${table}" did not answer: ${messageOf(cause)}. Trying again is safe.`, { cause });
    this.table = table;
  }
}

/** The table understood the request and will refuse it again: permissions, a missing table, a wrong request. */
export class TableRefusedError extends Error {
  override readonly name = 'TableRefusedError';
  readonly table: string;

  constructor(table: string, cause: unknown) {
    super(
      `The table "${table}" refused a request: ${messageOf(cause)}. ` +
        "Check the table's name, its key schema and the permissions of this process.",
      { cause },
    );
    this.table = table;
  }
}

/** What is stored cannot be read. Nothing is guessed and nothing is written over it. */
export class TableCorruptError extends Error {
  override readonly name = 'TableCorruptError';
  /** What is wrong with it, without the advice. */
  readonly detail: string;

  constructor(detail: string, cause?: unknown) {
    super(`The stored table is damaged: ${detail}. Restore it from a copy, or start with another folder.`, {
      cause,
    });
    this.detail = detail;
  }
}

/** Another process, or another table of this one, works in the folder. Two at once would damage it. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  readonly folder: string;
  /** The process that holds it, where that is known. */
  readonly pid: number | null;

  constructor(folder: string, pid: number | null) {
    super(
      `The folder ${folder} is in use by ${pid === null ? 'another process' : `process ${pid}`}. ` +
        'Stop that one first, or choose another folder.',
    );
    this.folder = folder;
    this.pid = pid;
  }
}

export class FolderUnwritableError extends Error {
  override readonly name = 'FolderUnwritableError';
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(
      `The folder ${folder} cannot be written to: ${messageOf(cause)}. ` +
        'Make it writable for this user, or choose another folder.',
      { cause },
    );
    this.folder = folder;
  }
}

/** The embedded table stopped by itself while in use: a full or failing disk, or damage met while reading. */
export class TableStoppedError extends Error {
  override readonly name = 'TableStoppedError';
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(
      `The table in ${folder} stopped: ${messageOf(cause)}. ` +
        'See to its disk and start again; what was acknowledged is still there.',
      { cause },
    );
    this.folder = folder;
  }
}

/**
 * Answers with a 4xx status that pass by themselves (DynamoDB developer guide, "Error handling"). All other 4xx
 * answers are refusals; 5xx and requests without an answer pass.
 */
const PASSING_ERRORS = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'LimitExceededException',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
  'RequestTimeout',
  'RequestTimeoutException',
]);

/** What an SDK call that threw means for its caller. */
export function tableError(table: string, cause: unknown): TableUnavailableError | TableRefusedError {
  return isRefusal(cause) ? new TableRefusedError(table, cause) : new TableUnavailableError(table, cause);
}

function isRefusal(cause: unknown): boolean {
  if (!(cause instanceof Error) || PASSING_ERRORS.has(cause.name)) return false;
  const { $metadata: metadata } = cause as { $metadata?: { httpStatusCode?: number } };
  const status = metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 429;
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' ? cause.name : cause.message;
}
