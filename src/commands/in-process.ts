import type { Clock } from '../core/clock.ts';
import { type Backoff, backoffMs } from '../timers/backoff.ts';
import { systemWakeAfter, type WakeAfter } from '../timers/wakeup.ts';
import type { Command, Commands } from './commands.ts';

export interface InProcessCommandsOptions {
  clock: Pick<Clock, 'random'>;
  /** Commands handled at the same time; 32 by default: each waits for a disk and a table more than it works. */
  concurrency?: number;
  /** Waits between attempts; 200 ms doubling to 30 s by default. */
  retry?: Backoff;
  wakeAfter?: WakeAfter;
  /** A command's handling rejected; it is handled again after `retryInMs`. */
  onProblem?: (problem: CommandFailedError) => void;
}

export interface InProcessCommands extends Commands {
  /**
   * Who handles the commands: the service, which itself needs this queue before it exists. Commands that were sent
   * before wait for it.
   */
  bind(handle: (command: Command) => Promise<void>): void;
  /**
   * Takes and hands over nothing more; resolves when the commands in the service's hands have ended. What still
   * waits is dropped: `reconcile` finds it again at the next start.
   */
  stop(): Promise<void>;
  /** Resolves when nothing waits, not even for another attempt, and nothing is being handled. */
  idle(): Promise<void>;
  /** Commands that wait or are being handled. */
  readonly size: number;
}

/** A command could not be carried out for now. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly command: Command;
  readonly failures: number;
  readonly retryInMs: number;

  constructor(command: Command, failures: number, retryInMs: number, cause: unknown) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
    super(
      `The command "${command.kind}" failed ${failures === 1 ? 'once' : `${failures} times in a row`}: ${reason}. ` +
        `It is tried again in ${Math.round(retryInMs)} ms.`,
      { cause },
    );
    this.command = command;
    this.failures = failures;
    this.retryInMs = retryInMs;
  }
}

/** The queue was stopped and takes no more commands. */
export class CommandsStoppedError extends Error {
  override readonly name = 'CommandsStoppedError';
  readonly command: Command;

  constructor(command: Command) {
    super(
      `The command "${command.kind}" came while the server was stopping. What it was to do is done after the next start.`,
    );
    this.command = command;
  }
}

const RETRY: Backoff = { firstMs: 200, maxMs: 30_000 };

interface Waiting {
  command: Command;
  failures: number;
}

/**
 * The queue in this process's memory. Commands are handled as they come, `concurrency` at a time; one that rejects
 * is tried again until it succeeds, and does not keep the others waiting meanwhile. Order is not kept.
 */
export function inProcessCommands(options: InProcessCommandsOptions): InProcessCommands {
  const { clock, concurrency = 32, retry = RETRY, wakeAfter = systemWakeAfter } = options;
  const ready = fifo<Waiting>();
  /** How to cancel the wait of each command that is tried again later. */
  const later = new Set<() => void>();
  const running = new Set<Promise<void>>();
  const idleWaiters: (() => void)[] = [];
  let handle: ((command: Command) => Promise<void>) | undefined;
  let stopped = false;

  const size = () => ready.size() + later.size + running.size;

  const pump = () => {
    while (!stopped && handle !== undefined && running.size < concurrency) {
      const next = ready.take();
      if (next === undefined) break;
      const run = carryOut(handle, next).finally(() => {
        running.delete(run);
        pump();
        if (size() === 0) for (const resolve of idleWaiters.splice(0)) resolve();
      });
      running.add(run);
    }
  };

  const carryOut = async (to: (command: Command) => Promise<void>, waiting: Waiting) => {
    try {
      await to(waiting.command);
    } catch (error) {
      if (!stopped) tryAgain({ ...waiting, failures: waiting.failures + 1 }, error);
    }
  };

  const tryAgain = (waiting: Waiting, error: unknown) => {
    const wait = backoffMs(retry, waiting.failures, clock.random);
    // Not by the clock: one that is set back would hold the retry up.
    const cancel = wakeAfter(wait, () => {
      later.delete(cancel);
      ready.add(waiting);
      pump();
    });
    later.add(cancel);
    options.onProblem?.(new CommandFailedError(waiting.command, waiting.failures, wait, error));
  };

  return {
    async send(command) {
      if (stopped) throw new CommandsStoppedError(command);
      ready.add({ command, failures: 0 });
      queueMicrotask(pump);
    },
    bind(to) {
      handle = to;
      pump();
    },
    async stop() {
      stopped = true;
      for (const cancel of later) cancel();
      ready.clear();
      later.clear();
      await Promise.all(running);
      for (const resolve of idleWaiters.splice(0)) resolve();
    },
    async idle() {
      if (size() > 0) await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
    get size() {
      return size();
    },
  };
}

/** First in, first out, without shifting an array whose length a fan-out flush may take to 100,000. */
function fifo<Item>() {
  let items: (Item | undefined)[] = [];
  let head = 0;
  return {
    add(item: Item) {
      items.push(item);
    },
    take(): Item | undefined {
      if (head === items.length) return undefined;
      const item = items[head];
      items[head++] = undefined;
      if (head === items.length || head > 10_000) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    size: () => items.length - head,
    clear() {
      items = [];
      head = 0;
    },
  };
}
