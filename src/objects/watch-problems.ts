/** The system gives no more watches; files are still found, but only by looking through the folders. */
export class WatchLimitError extends Error {
  override readonly name = 'WatchLimitError';
  readonly code: string;

  constructor(code: string, cause: unknown) {
    super(
      `The system has no more watches for folders (${code}). Every file is still counted, a few seconds late, by looking ` +
        'through the folders again and again. To be quick once more, raise the limits and start anew: ' +
        'sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024 (and ulimit -n for EMFILE).',
      { cause },
    );
    this.code = code;
  }
}

/** A file whose name can be no key: it is not counted until it is renamed. */
export class FileNameError extends Error {
  override readonly name = 'FileNameError';
  readonly path: string;

  constructor(path: string, why: string) {
    super(`The file ${JSON.stringify(path)} is not counted: ${why}. Rename it to have it counted.`);
    this.path = path;
  }
}

/** A bucket's folder cannot be watched as it is. */
export class BucketFolderError extends Error {
  override readonly name = 'BucketFolderError';
  readonly path: string;

  constructor(path: string) {
    super(
      `The bucket ${path} is reached through a symbolic link, and those are not followed: no file in it is counted. ` +
        'Make it a real folder, or give the folder that it points to as the root.',
    );
    this.path = path;
  }
}

/** Events could not be handed over for now; they are tried again. */
export class DeliveryFailedError extends Error {
  override readonly name = 'DeliveryFailedError';
  readonly events: number;
  readonly failures: number;
  readonly retryInMs: number;

  constructor(delivery: { events: number; failures: number; retryInMs: number }, cause: unknown) {
    const { events, failures, retryInMs } = delivery;
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${events === 1 ? 'An event' : `${events} events`} could not be counted yet: ${reason}. ` +
        `Attempt ${failures + 1} follows in ${Math.round(retryInMs)} ms; nothing is lost meanwhile.`,
      { cause },
    );
    this.events = events;
    this.failures = failures;
    this.retryInMs = retryInMs;
  }
}

/** Problems told at once are remembered up to here; a folder full of bad names must not fill the memory. */
const TOLD_MAX = 1_000;

/** Tells a problem once, however often it is met. */
export function tellingOnce(tell: (problem: Error) => void): (problem: Error) => void {
  const told = new Set<string>();
  return (problem) => {
    if (told.has(problem.message)) return;
    if (told.size >= TOLD_MAX) told.clear();
    told.add(problem.message);
    tell(problem);
  };
}
