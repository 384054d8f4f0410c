import type { Clock } from '../core/clock.ts';
import type { CloseDecision } from '../core/decide.ts';
import type { ObjectEvent } from '../core/event.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import type { Router } from '../routes/router.ts';
import type { AppendCommit, CloseCommit, Committer, Place } from './commit.ts';
import { type Effects, hasEffects } from './effects.ts';
import { createGroups } from './groups.ts';
import type { ServiceOptions, ServiceParts } from './options.ts';
import { refresh } from './partition.ts';
import { createPartitions } from './partitions.ts';
import type { Ports } from './ports.ts';
import { atHand } from './recent.ts';

/**
 * The writing side of all partitions of this process: one commit at a time on each, its effects afterwards and
 * outside of the turn.
 */
export interface Writer {
  /** Commits events and sees to their effects. Callers that wait for the same partition share its next put. */
  append(key: PartitionKey, events: ObjectEvent[]): Promise<Place[]>;
  /** Closes a window and sees to the effects. */
  close(key: PartitionKey, command: CloseDecision): Promise<CloseCommit>;
  /** The partition's last record as the log has it now. */
  currentTail(key: PartitionKey): Promise<LogRecord | null>;
}

/** A route was removed while its events were on their way. */
export class RouteGoneError extends Error {
  override readonly name = 'RouteGoneError';
  readonly route: string;

  constructor(route: string) {
    super(`Route "${route}" is no longer configured; its events are delivered again and routed anew.`);
    this.route = route;
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
  const { log } = ports;
  const partitions = createPartitions(log, parts.lanes, clock, options);

  const groups = createGroups<Place>(options.groupMax, async (key, take) => {
    const { commit, tail, recent } = await partitions.inTurn(key, async (partition) => {
      const events = take();
      const policy = router.policy(key.route);
      if (!policy) throw new RouteGoneError(key.route);
      const commit = await committer.append(partition, events, policy);
      return { commit, tail: partition.tail, recent: atHand(partition, commit.records) };
    });
    await finish(key, commit, tail, recent);
    return commit.places;
  });

  /** Effects of what was committed now, and of the records that held our events before. */
  async function finish(
    key: PartitionKey,
    { places, records, held }: AppendCommit,
    tail: LogRecord | null,
    recent: LogRecord[],
  ) {
    const fresh = records.map(({ seq }) => seq);
    const found = new Set(places.map(({ record }) => record).filter((seq) => !fresh.includes(seq)));
    // Most records only fill a window. A watch over what does not follow from them would live on for its whole time.
    if (found.size === 0 && !records.some(hasEffects)) return;
    await settleEffects(ports, clock, options, key, [...fresh, ...found], async () => {
      await effects.perform(key, records, tail, recent);
      if (found.size === 0) return;
      const again = await Promise.all([...found].map((seq) => held.get(seq) ?? log.get(key, seq)));
      await parts.redo(
        key,
        again.filter((record) => record !== null),
        tail,
      );
    });
  }

  async function close(key: PartitionKey, command: CloseDecision): Promise<CloseCommit> {
    const { closed, tail, recent } = await partitions.inTurn(key, async (partition) => {
      // Only a tail that shows this very window open can be trusted without asking: if it is behind, the put fails.
      // Not one of a window with a quiet period: a deadline that is read from old events is tried for each event since.
      const { tail } = partition;
      const trusted = isOpenIn(tail, command.window) && tail?.state.window?.limits.quietMs === undefined;
      if (!trusted) await refresh(log, partition, clock.now());
      const closed = await committer.close(partition, command);
      const recent = closed.kind === 'closed' ? atHand(partition, [closed.record]) : [];
      return { closed, tail: partition.tail, recent };
    });
    if (closed.kind !== 'closed') return closed;
    const { record } = closed;
    await settleEffects(ports, clock, options, key, [record.seq], () =>
      effects.perform(key, [record], tail, recent),
    );
    return closed;
  }

  function currentTail(key: PartitionKey): Promise<LogRecord | null> {
    return partitions.inTurn(key, async (partition) => {
      await refresh(log, partition, clock.now());
      return partition.tail;
    });
  }

  return { append: groups.join, close, currentTail };
}

const LATE = Symbol('late');
const DONE = Symbol('done');

/** Does the effects of records; what fails or takes too long becomes a command, and the events may be forgotten. */
async function settleEffects(
  { commands, observe }: Ports,
  clock: Clock,
  options: ServiceOptions,
  key: PartitionKey,
  seqs: number[],
  work: () => Promise<void>,
): Promise<void> {
  const patience = Math.min(options.effectsTimeoutMs, options.timeLeftMs());
  const done = new AbortController();
  const timeout = clock.sleep(patience, done.signal).then((): typeof LATE => LATE);
  try {
    if ((await Promise.race([work(), timeout])) === LATE) {
      throw new Error(`Effects were not done after ${Math.round(patience)} ms.`);
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    observe({
      kind: 'deferred',
      ...key,
      at: clock.now(),
      from: Math.min(...seqs),
      to: Math.max(...seqs),
      cause,
    });
    await Promise.all(seqs.map((seq) => commands.send({ kind: 'ensure', ...key, from: seq, to: seq })));
  } finally {
    // Thousands of commits a second would each leave a timer of its whole time behind; without a reason of ours each
    // would make an error, with its stack.
    done.abort(DONE);
  }
}

function isOpenIn(tail: LogRecord | null, { epoch, seq }: CloseDecision['window']): boolean {
  return tail?.state.window != null && tail.state.epoch === epoch && tail.state.windowSeq === seq;
}
