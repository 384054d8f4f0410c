import type { Command, Commands } from '../../src/commands/commands.ts';
import type { Deadline } from '../../src/timers/timers.ts';
import type { Faults } from './faults.ts';
import { type History, noteRejection } from './history.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Shape } from './shape.ts';

/** The `commands` queue and the timers that feed it. */
export interface CommandQueue extends Commands {
  /** Arms a timer for a process whose clock says `now`. */
  arm(deadline: Deadline, now: number): Promise<void>;
  /** Puts a command in from outside: a cron tick. `done` is called when it was carried out. */
  put(command: Command, done?: () => void): void;
  /** Loses all commands and timers, as a laptop does when its process dies. */
  forget(): void;
  /** Commands that were not carried out yet; timers that have not fired do not count. */
  size(): number;
}

/** How long a command that was not carried out stays away (ms). */
export const COMMAND_VISIBILITY_MS = 60_000;
const EARLY_MAX_MS = 60_000;
/** Pause while no process runs (ms). */
const NOBODY_MS = 10_000;
/** SQS delays a message by at most 15 minutes (SQS developer guide, message quotas). */
const DELAY_MAX_MS = 900_000;

export interface CommandQueueWorld {
  scheduler: Scheduler;
  random: Random;
  shape: Shape;
  faults: Faults;
  history: History;
  /** Late bound: processes need the queue, and the queue needs processes. */
  processes(): Processes;
}

export function createCommandQueue(world: CommandQueueWorld): CommandQueue {
  const { scheduler, shape, faults, history } = world;
  const random = world.random.fork('commands');
  let size = 0;
  let memory = 0;

  /** Does something later, unless it is forgotten until then. */
  function at(time: number, label: string, run: () => void): void {
    const remembered = memory;
    scheduler.at(time, label, () => {
      if (remembered === memory) run();
    });
  }
  const after = (ms: number, label: string, run: () => void) => at(scheduler.now() + ms, label, run);

  function put(command: Command, done: () => void = () => undefined): void {
    const copies = faults.strike('command twice') ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      size += 1;
      const late = faults.strike('command late') ? random.int(1_000, 120_000) : random.int(0, 500);
      after(late, `command ${command.kind}`, () => attempt(structuredClone(command), done));
    }
  }

  function attempt(command: Command, done: () => void): void {
    const again = (ms: number) => after(ms, `command ${command.kind} again`, () => attempt(command, done));
    const process = world.processes().pick();
    if (process === null) {
      again(NOBODY_MS);
      return;
    }
    scheduler.note(`handle ${process.id} ${command.kind}`);
    let settled = false;
    process.service.handle(structuredClone(command)).then(
      () => {
        if (!process.alive() || settled) return;
        settled = true;
        size -= 1;
        done();
      },
      (error) => {
        if (process.alive()) noteRejection(history, `handle ${command.kind}`, error);
      },
    );
    // Whatever became of the process: what is not done by then is handed over again.
    after(COMMAND_VISIBILITY_MS, 'command timeout', () => {
      if (settled) return;
      settled = true;
      attempt(command, done);
    });
  }

  async function arm(deadline: Deadline, now: number): Promise<void> {
    const fire = (time: number) =>
      at(time, `timer ${deadline.windowSeq}`, () => put({ kind: 'deadline', ...deadline }));
    if (faults.strike('timer lost')) return;
    const wait = deadline.at - now;
    // A short wait is a delayed message, whose delay the process works out by its own clock. A long one is a
    // schedule at an absolute time, which sends the command a little early to be armed again.
    const due = wait <= DELAY_MAX_MS ? scheduler.now() + wait : deadline.at - EARLY_MAX_MS;
    if (faults.strike('timer twice')) fire(due + random.int(0, 60_000));
    if (faults.strike('timer early')) fire(due - random.int(1, EARLY_MAX_MS));
    else if (faults.strike('timer late')) fire(due + random.int(1, shape.timerLateMaxMs));
    else fire(due);
  }

  return {
    put,
    arm,
    send: async (command) => put(command),
    forget() {
      memory += 1;
      size = 0;
    },
    size: () => size,
  };
}
