import type { Clock } from '../core/clock.ts';
import { birthOf, isFolderMarker, type ObjectEvent } from '../core/event.ts';
import type { PartitionKey } from '../core/window.ts';
import type { Router } from '../routes/router.ts';
import type { Place } from './commit.ts';
import { inParallel } from './parallel.ts';
import type { Ports } from './ports.ts';
import type { AppendOutcome } from './service.ts';
import type { Writer } from './writer.ts';

/** Partitions of one call that are committed side by side: a flood of new ones must not exhaust the connections. */
const PARTITIONS_AT_ONCE = 32;

/** Counts events: routes them, commits them per partition, and reports what became of each, in their order. */
export function createAppend(
  { observe }: Ports,
  router: Router,
  clock: Clock,
  options: { skewToleratedMs: number },
  writer: Writer,
) {
  return async function append(events: ObjectEvent[]): Promise<AppendOutcome[]> {
    const outcomes: AppendOutcome[] = events.map(() => ({ kind: 'unrouted' }));
    const shares = new Map<string, Share>();
    for (const [index, event] of events.entries()) {
      const routed = router.route(event);
      if (!routed) {
        observe({ kind: 'unrouted', at: clock.now(), bucket: event.bucket, key: event.key });
      } else if (isFolderMarker(event) && !routed.countsFolderMarkers) {
        outcomes[index] = { kind: 'ignored', why: 'folder-marker' };
        observe({
          kind: 'ignored',
          at: clock.now(),
          bucket: event.bucket,
          key: event.key,
          why: 'folder-marker',
        });
      } else {
        noticeSkew(event);
        shareOf(shares, routed).events.push({ index, event });
      }
    }
    await inParallel([...shares.values()], PARTITIONS_AT_ONCE, (share) => commitShare(share, outcomes));
    return outcomes;
  };

  async function commitShare({ key, events }: Share, outcomes: AppendOutcome[]): Promise<void> {
    const places = await writer.append(
      key,
      events.map(({ event }) => event),
    );
    for (const [position, { index }] of events.entries()) outcomes[index] = outcomeOf(key, places[position]);
    const keys = events.filter((_, position) => places[position]?.duplicate).map(({ event }) => event.key);
    if (keys.length > 0) observe({ kind: 'duplicates', ...key, at: clock.now(), keys });
  }

  function noticeSkew(event: ObjectEvent): void {
    const aheadMs = birthOf(event) - clock.now();
    if (aheadMs <= options.skewToleratedMs) return;
    observe({ kind: 'clock-skew', at: clock.now(), bucket: event.bucket, key: event.key, aheadMs });
  }
}

/** The events of one call that go to one partition, with their positions in the call. */
interface Share {
  key: PartitionKey;
  events: { index: number; event: ObjectEvent }[];
}

function shareOf(shares: Map<string, Share>, { route, partition }: PartitionKey): Share {
  const name = `${route}#${partition}`;
  const share = shares.get(name) ?? { key: { route, partition }, events: [] };
  shares.set(name, share);
  return share;
}

function outcomeOf(key: PartitionKey, place: Place | undefined): AppendOutcome {
  if (!place) throw new TypeError(`An event of route "${key.route}" was given no place.`);
  return { kind: place.duplicate ? 'duplicate' : 'committed', ...key, record: place.record };
}
