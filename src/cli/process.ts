import type { Cli } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { failureDocument, failureLine, failureOf } from './failure.ts';
import { createProgram } from './program.ts';
import { safeJson } from './text/escape.ts';

/**
 * Runs the command line of a process and sets its exit code. No error leaves it with a stack: with --json the
 * error is a document on stdout, so that a reader of stdout always gets one; else a line on stderr.
 */
export async function runProcess(owner: NodeJS.Process): Promise<void> {
  quietWhenReaderLeaves(owner);
  const words = owner.argv.length > 2 ? owner.argv.slice(2) : ['help'];
  const tell = (error: unknown) => tellFailure(owner, words, error);
  try {
    await createProgram(cliOf(owner, tell)).parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!isShownAlready(error)) tell(error);
  }
}

function tellFailure(owner: NodeJS.Process, words: readonly string[], error: unknown): void {
  const failure = failureOf(error);
  owner.exitCode = failure.exitCode;
  if (wantsJson(words)) owner.stdout.write(`${safeJson(failureDocument(failure))}\n`);
  else owner.stderr.write(`${failureLine(failure)}\n`);
  if (owner.env.SPILLWAY_DEBUG && error instanceof Error) owner.stderr.write(`${error.stack}\n`);
}

function cliOf(owner: NodeJS.Process, tell: (error: unknown) => void): Cli {
  const interrupt = () => owner.exit(EXIT.interrupted);
  owner.once('SIGINT', interrupt);
  return {
    env: owner.env,
    // Node opens stdin when it is first looked at; almost no command does.
    get stdin() {
      return owner.stdin;
    },
    stdout: owner.stdout,
    stderr: owner.stderr,
    now: Date.now,
    onStop: (stop) => {
      owner.off('SIGINT', interrupt);
      let asked = false;
      const stopOnce = () => {
        if (asked) interrupt();
        asked = true;
        // Whatever a driver may have left open must not keep a stopped server alive.
        void stop()
          .catch(tell)
          .finally(() => owner.exit());
      };
      for (const signal of ['SIGINT', 'SIGTERM']) owner.on(signal, stopOnce);
    },
    onUncaught: (handle) => {
      for (const event of ['uncaughtException', 'unhandledRejection']) owner.on(event, handle);
    },
    abort: (error) => {
      tell(error);
      owner.exit();
    },
    setExitCode: (code) => {
      owner.exitCode = code;
    },
  };
}

/** `spillway batches | head -1` closes the pipe while we write: that is how it is meant to end. */
function quietWhenReaderLeaves(owner: NodeJS.Process): void {
  for (const stream of [owner.stdout, owner.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      owner.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
    });
  }
}

/** commander throws even where it has only shown a help text or the version. */
function isShownAlready(error: unknown): boolean {
  return (
    error instanceof Error && error.name === 'CommanderError' && 'exitCode' in error && error.exitCode === 0
  );
}

/** Read from the words themselves, because an error may come before they are parsed. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? words.length : end).includes('--json');
}
