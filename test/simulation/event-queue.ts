import type { ObjectEvent } from '../../src/core/event.ts';
import type { Faults } from './faults.ts';
import { type History, noteRejection } from './history.ts';
import type { Process, Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Shape } from './shape.ts';

/**
 * The queue that events reach the service through: at least once, in no order, in micro-batches. A message that
 * was not deleted in time is delivered again, to whomever; a message keeps its arrival for as long as it lives.
 */
export interface EventQueue {
  /** An event gets here at this instant, which becomes its arrival. */
  putAt(time: number, event: ObjectEvent): void;
  /** Nothing is delivered until this instant; what arrives meanwhile is a backlog. */
  pauseUntil(time: number): void;
  /** Messages that were not deleted yet, and those that are sure to come within the hour. */
  size(): number;
  /** The time of the last redrive of a dead letter that is planned. */
  lastRedriveAt(): number;
}

interface Message {
  id: number;
  event: ObjectEvent;
  visibleAt: number;
  deleted: boolean;
}

const DAY_MS = 86_400_000;
/** SQS keeps a message for at most 14 days (SQS developer guide, message quotas). */
const RETENTION_DAYS = 14;

export interface EventQueueWorld {
  scheduler: Scheduler;
  random: Random;
  shape: Shape;
  faults: Faults;
  history: History;
  processes: Processes;
}

export function createEventQueue(world: EventQueueWorld): EventQueue {
  const { scheduler, shape, faults, history, processes } = world;
  const random = world.random.fork('event queue');
  /** In order of arrival. */
  const waiting = new Set<Message>();
  let pausedUntil = 0;
  let pumpAt = Number.POSITIVE_INFINITY;
  let ids = 0;
  let coming = 0;
  let lastRedriveAt = 0;

  function addAt(time: number, event: ObjectEvent, label: string): void {
    coming += 1;
    scheduler.at(time, label, () => {
      coming -= 1;
      ids += 1;
      waiting.add({
        id: ids,
        event: { ...event, arrival: scheduler.now() },
        visibleAt: scheduler.now(),
        deleted: false,
      });
      wakeIn(random.int(0, shape.source.gatherMs));
    });
  }

  /** Looks for something to deliver after this long. */
  function wakeIn(ms: number): void {
    const at = Math.max(scheduler.now() + ms, pausedUntil);
    if (at >= pumpAt) return;
    pumpAt = at;
    scheduler.at(at, 'pump', () => {
      if (pumpAt === at) pumpAt = Number.POSITIVE_INFINITY;
      pump();
    });
  }

  function pump(): void {
    if (scheduler.now() < pausedUntil) {
      wakeIn(0);
      return;
    }
    for (const process of random.shuffled(processes.alive())) {
      while (process.busy < shape.processes.consumers && process.frozenUntil() <= scheduler.now()) {
        const messages = take();
        if (messages.length === 0) return;
        deliver(process, messages);
      }
    }
  }

  function take(): Message[] {
    const limit = random.int(1, shape.source.batchMax);
    let visible: Message[] = [];
    const reorder = faults.strike('reordered delivery');
    for (const message of waiting) {
      if (message.visibleAt > scheduler.now()) continue;
      visible.push(message);
      if (visible.length >= limit && !reorder) break;
    }
    if (reorder) visible = random.shuffled(visible).slice(0, limit);
    return visible;
  }

  function deliver(process: Process, messages: Message[]): void {
    const early = faults.strike('visibility expires early');
    const visibility = early ? random.int(1, 3_000) : shape.source.visibilityMs;
    for (const message of messages) message.visibleAt = scheduler.now() + visibility;
    scheduler.after(visibility, 'visible again', () => wakeIn(0));
    scheduler.note(`deliver ${process.id} ${messages.map(({ id }) => id).join(',')}`);
    process.busy += 1;
    history.deliveries += 1;
    history.delivered += messages.length;
    const finished = () => {
      process.busy -= 1;
      if (process.alive()) wakeIn(0);
    };
    const events = messages.map(({ event }) => ({ ...event }));
    process.service.append(events).then(
      (outcomes) => {
        if (!process.alive()) return;
        outcomes.forEach((outcome, index) => {
          const event = messages[index]?.event;
          if (event) history.acknowledged.push({ event, outcome, trueAt: scheduler.now() });
        });
        if (outcomes.length !== events.length)
          history.mistakes.push(`append of ${events.length} events gave ${outcomes.length} outcomes`);
        for (const message of messages) remove(message);
        finished();
      },
      (error) => {
        if (!process.alive()) return;
        noteRejection(history, 'append', error);
        refuse(messages);
        finished();
      },
    );
  }

  function remove(message: Message): void {
    if (message.deleted || faults.strike('deletion lost')) return;
    message.deleted = true;
    waiting.delete(message);
    if (faults.strike('dead letter redriven days later')) {
      // The redrive of a dead letter whose deletion had been lost: old birth, new arrival.
      lastRedriveAt = Math.max(lastRedriveAt, scheduler.now() + random.int(1, RETENTION_DAYS - 1) * DAY_MS);
      scheduler.at(lastRedriveAt, 'redrive', () => addAt(scheduler.now(), message.event, 'redriven'));
    }
  }

  /** The delivery failed: its messages come back together after the timeout, or some of them at once. */
  function refuse(messages: Message[]): void {
    if (!faults.strike('partial failure')) return;
    for (const message of messages) if (random.chance(0.5)) message.visibleAt = scheduler.now();
  }

  processes.onChange(() => wakeIn(0));
  return {
    putAt(time, event) {
      history.written.push(event);
      addAt(time, event, `written ${event.etag.slice(-4)}`);
      if (faults.strike('duplicate at once')) addAt(time, event, 'duplicate');
      if (faults.strike('duplicate minutes later'))
        addAt(time + random.int(1, 40) * 60_000, event, 'duplicate');
    },
    pauseUntil(time) {
      pausedUntil = Math.max(pausedUntil, time);
      wakeIn(0);
    },
    size: () => waiting.size + coming,
    lastRedriveAt: () => lastRedriveAt,
  };
}
