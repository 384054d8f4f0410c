import type { Announcement } from '../announcements/announcements.ts';
import type { StreamMessage as Entry } from '../announcements/stream.ts';
import type { Observation } from '../service/observation.ts';
import { iso } from './answers.ts';
import { SCHEMA_VERSION } from './schemas.ts';
import type { StreamMessage } from './stream-schemas.ts';

const schemaVersion = SCHEMA_VERSION;

const KINDS = {
  'Batch Closed': 'batch-closed',
  'Execution Started': 'execution-started',
  'Execution Succeeded': 'execution-succeeded',
  'Execution Failed': 'execution-failed',
} as const satisfies Record<Announcement['type'], StreamMessage['kind']>;

/**
 * An entry of the stream as its listeners get it.
 * @param now when a gap is told of (ms); everything else says itself when it was
 */
export function liveMessage(entry: Entry, now: number): StreamMessage {
  if (entry.kind === 'gap') return gapMessage(entry, now);
  return entry.source === 'announcement'
    ? announced(entry.announcement, entry.number)
    : observed(entry.observation, entry.number, entry.keysLeftOut);
}

function gapMessage({ next, missed, lastSeen }: Extract<Entry, { kind: 'gap' }>, now: number): StreamMessage {
  const sentence =
    missed === null
      ? `Message ${lastSeen} was of another run of the server: what came in between is not known here.`
      : `${missed} messages after ${lastSeen} are no longer held: what they told is in the lists of batches and windows.`;
  // The id before the next message, so that a client which leaves now comes back to exactly that one.
  return { schemaVersion, kind: 'gap', id: Math.max(0, next - 1), at: iso(now), missed, sentence };
}

function announced({ type, at, batch, execution, error, cause }: Announcement, id: number): StreamMessage {
  const { route, partition, seq, reason, count, bytes, openedAt, closedAt, latenessMs } = batch;
  return {
    schemaVersion,
    kind: KINDS[type],
    id,
    at: iso(at),
    route,
    partition,
    batch: batch.id,
    seq,
    reason,
    count,
    bytes,
    openedAt: iso(openedAt),
    closedAt: iso(closedAt),
    latenessMs,
    execution,
    error,
    cause,
  };
}

function observed(observation: Observation, id: number, keysLeftOut: number): StreamMessage {
  const message = { schemaVersion, id, at: iso(observation.at) } as const;
  if (observation.kind === 'committed') {
    const { closed, open } = observation;
    return {
      ...observation,
      ...message,
      keysLeftOut,
      closed: closed.map(({ id: batch, seq, reason, count, bytes }) => ({
        id: batch,
        seq,
        reason,
        count,
        bytes,
      })),
      open: open && { ...open, deadline: iso(open.deadline) },
    };
  }
  if (observation.kind === 'duplicates') return { ...observation, ...message, keysLeftOut };
  return { ...observation, ...message };
}
