import type { Clock } from '../core/clock.ts';
import type { CloseDecision } from '../core/decide.ts';
import type { ObjectEvent } from '../core/event.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import type { Router } from '../routes/router.ts';
import type { AppendCommit, CloseCommit, Committer } from './commit.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions, ServiceParts } from './options.ts';
import { limitSeen, type Partition, refresh, unknownPartition } from './partition.ts';
import type { Ports } from './ports.ts';

/**
 * The writing side of all partitions of this process: one operation at a time on each, effects after the commit
 * and outside of the turn.
 */
export interface Writer {
  /** Commits events and sees to their effects. Callers that wait for the same partition share its next put. */
  append(key: PartitionKey, events: ObjectEvent[]): Promise<AppendCommit['places']>;
  /** Closes a window and sees to the effects. */
  close(key: PartitionKey, command: CloseDecision): Promise<CloseCommit>;
  /** The partition's last record as the log has it now. */
  currentTail(key: PartitionKey): Promise<LogRecord | null>;
}

/** A caller whose events wait for the next put. */
interface Waiting {
  events: ObjectEvent[];
  resolve(places: Promise<AppendCommit['places']>): void;
  reject(error: unknown): void;
}

/** A route was removed while its events were on their way. */
export class RouteGoneError extends Error {
  override readonly name = 'RouteGoneError';

  constructor(route: string) {
    super(`Route "${route}" is no longer configured; its events are delivered again and routed anew.`);
  }
}

export function createWriter(
  ports: Ports,
  router: Router,
  clock: Clock,
  options: ServiceOptions,
  parts: ServiceParts,
  committer: Committer,
  effects: Effects,
): Writer {
  const partitions = new Map<string, Partition>();
  const queues = new Map<string, Waiting[]>();

  function append(key: PartitionKey, events: ObjectEvent[]): Promise<AppendCommit['places']> {
    return new Promise((resolve, reject) => {
      const name = laneOf(key);
      const queue = queues.get(name);
      const waiting = { events, resolve, reject };
      if (queue) {
        queue.push(waiting);
        return;
      }
      queues.set(name, [waiting]);
      drainInTurn(key);
    });
  }

  /** Takes the partition's turn and commits what waits by then, again and again until nothing does. */
  function drainInTurn(key: PartitionKey): void {
    let group: Waiting[] = [];
    const turn = inTurn(key, async (partition) => {
      group = takeGroup(key);
      const events = group.flatMap((waiting) => waiting.events);
      const policy = router.policy(key.route);
      if (!policy) throw new RouteGoneError(key.route);
      return { commit: await committer.append(partition, events, policy), tail: partition.tail };
    });
    turn.then(
      ({ commit, tail }) => {
        // One round of effects for the group: each caller is answered only when it is done.
        const done = finish(key, commit, tail);
        let next = 0;
        for (const { events, resolve } of group) {
          const places = commit.places.slice(next, next + events.length);
          next += events.length;
          resolve(done.then(() => places));
        }
      },
      (error) => {
        for (const { reject } of group) reject(error);
      },
    );
  }

  function takeGroup(key: PartitionKey): Waiting[] {
    const queue = queues.get(laneOf(key)) ?? [];
    let events = 0;
    let callers = 0;
    while (callers < queue.length && (callers === 0 || events < options.groupMax)) {
      events += queue[callers]?.events.length ?? 0;
      callers += 1;
    }
    const group = queue.splice(0, callers);
    if (queue.length === 0) queues.delete(laneOf(key));
    else drainInTurn(key);
    return group;
  }

  /** Effects of what was committed now, and of the records that held our events before. */
  async function finish(key: PartitionKey, commit: AppendCommit, tail: LogRecord | null): Promise<void> {
    const { places, records } = commit;
    const found = [...new Set(places.filter(({ duplicate }) => duplicate).map(({ record }) => record))];
    const old = found.filter((seq) => !records.some((record) => record.seq === seq));
    await settle(key, [...records.map(({ seq }) => seq), ...old], async () => {
      await effects.perform(key, records, tail);
      if (old.length === 0) return;
      const read = await Promise.all(old.map((seq) => ports.log.get(key, seq)));
      const held = read.filter((record) => record !== null);
      await parts.redo(key, held, tail);
    });
  }

  /** Does effects; what fails or takes too long becomes a command, so that the caller may forget its events. */
  async function settle(key: PartitionKey, seqs: number[], work: () => Promise<void>): Promise<void> {
    try {
      await withinTime(work());
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      const from = Math.min(...seqs);
      const to = Math.max(...seqs);
      ports.observe({ kind: 'deferred', ...key, at: clock.now(), from, to, cause });
      await Promise.all(
        seqs.map((seq) => ports.commands.send({ kind: 'ensure', ...key, from: seq, to: seq })),
      );
    }
  }

  async function withinTime(work: Promise<void>): Promise<void> {
    const timeout = clock.sleep(options.effectsTimeoutMs).then(() => {
      throw new Error(`Effects were not done after ${options.effectsTimeoutMs} ms.`);
    });
    timeout.catch(() => {});
    await Promise.race([work, timeout]);
  }

  async function close(key: PartitionKey, command: CloseDecision): Promise<CloseCommit> {
    const { closed, tail } = await inTurn(key, async (partition) => {
      // Only a tail that shows this very window open can be trusted without asking: if it is behind, the put fails.
      if (!isOpenIn(partition.tail, command.window)) await refresh(ports.log, partition, clock.now());
      return { closed: await committer.close(partition, command), tail: partition.tail };
    });
    if (closed.kind === 'closed') {
      await settle(key, [closed.record.seq], () => effects.perform(key, [closed.record], tail));
    }
    return closed;
  }

  function currentTail(key: PartitionKey): Promise<LogRecord | null> {
    return inTurn(key, async (partition) => {
      await refresh(ports.log, partition, clock.now());
      return partition.tail;
    });
  }

  /** Runs an operation on a partition alone, with a tail that is not too old. */
  function inTurn<Result>(
    key: PartitionKey,
    operation: (partition: Partition) => Promise<Result>,
  ): Promise<Result> {
    return parts.lanes.run(laneOf(key), async () => {
      const partition = remember(key);
      try {
        if (clock.now() - partition.confirmedAt > options.tailAgeMaxMs) {
          await refresh(ports.log, partition, clock.now());
        }
        return await operation(partition);
      } catch (error) {
        // What the log holds is unknown now: the next operation asks it.
        partition.confirmedAt = Number.NEGATIVE_INFINITY;
        throw error;
      } finally {
        limitSeen(partition, options.identitiesRemembered);
      }
    });
  }

  /** The partition as this process knows it, now the most recently used one. */
  function remember(key: PartitionKey): Partition {
    const name = laneOf(key);
    const partition = partitions.get(name) ?? unknownPartition(key);
    partitions.delete(name);
    partitions.set(name, partition);
    if (partitions.size > options.partitionsRemembered) {
      const [oldest] = partitions.keys();
      if (oldest !== undefined) partitions.delete(oldest);
    }
    return partition;
  }

  return { append, close, currentTail };
}

function isOpenIn(tail: LogRecord | null, { epoch, seq }: CloseDecision['window']): boolean {
  return tail?.state.window != null && tail.state.epoch === epoch && tail.state.windowSeq === seq;
}

function laneOf({ route, partition }: PartitionKey): string {
  return `${route}#${partition}`;
}
