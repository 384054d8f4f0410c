import type { FlushRequest } from '../../src/service/service.ts';
import type { CommandQueue } from './command-queue.ts';
import type { Faults } from './faults.ts';
import { type FlushAsked, type History, noteRejection } from './history.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Shape } from './shape.ts';

/** People and schedules that ask for flushes, and ask again when they hear nothing. */
export interface Askers {
  /** Asks as a person does, through the API of some process; until there is an answer. */
  ask(request: FlushRequest): void;
  /** A cron tick: through the commands queue. */
  tick(request: FlushRequest): void;
  /** Flushes that have neither an answer nor, for ticks, been carried out. */
  open(): number;
}

const PATIENCE_MS = 20_000;

export interface AskersWorld {
  scheduler: Scheduler;
  random: Random;
  shape: Shape;
  faults: Faults;
  history: History;
  processes: Processes;
  commands: CommandQueue;
}

export function createAskers(world: AskersWorld): Askers {
  const { scheduler, faults, history, processes, commands } = world;
  const random = world.random.fork('askers');
  let open = 0;

  function note(request: FlushRequest): FlushAsked {
    const asked: FlushAsked = { request, askedAt: scheduler.now(), answers: [], doneAt: null };
    history.flushes.push(asked);
    open += 1;
    return asked;
  }

  function attempt(asked: FlushAsked): void {
    const process = processes.pick();
    scheduler.note(`ask ${process?.id ?? 'nobody'} ${asked.request.id}`);
    const { scope, minEvents } = asked.request;
    process?.service.previewFlush(scope, minEvents).then(
      (previews) => {
        const wrong = previews.filter(
          ({ count, wouldClose }) => count < 1 || wouldClose !== count >= minEvents,
        );
        if (wrong.length > 0)
          history.mistakes.push(`preview of ${asked.request.id}: ${JSON.stringify(wrong)}`);
      },
      (error) => noteRejection(history, 'previewFlush', error),
    );
    process?.service.flush(structuredClone(asked.request)).then(
      (report) => {
        if (!process.alive()) return;
        if (asked.answers.length === 0) open -= 1;
        asked.answers.push({ report, trueAt: scheduler.now() });
      },
      (error) => {
        if (process.alive()) noteRejection(history, 'flush', error);
      },
    );
    scheduler.after(PATIENCE_MS, `patience ${asked.request.id}`, () => {
      if (asked.answers.length === 0) attempt(asked);
    });
  }

  return {
    ask(request) {
      const asked = note(request);
      attempt(asked);
      if (faults.strike('flush at several processes')) {
        attempt(asked);
        attempt(asked);
      }
      if (faults.strike('flush retried')) {
        for (let retry = 0; retry < 2; retry++) {
          scheduler.after(random.int(1, 900_000), `retry ${request.id}`, () => attempt(asked));
        }
      }
    },
    tick(request) {
      const asked = note(request);
      commands.put({ kind: 'flush', flushId: request.id, ...withoutId(request) }, () => {
        if (asked.doneAt === null) open -= 1;
        asked.doneAt ??= scheduler.now();
      });
    },
    open: () => open,
  };
}

function withoutId({ reason, who, scope, minEvents }: FlushRequest) {
  return { reason, who, scope, minEvents };
}
