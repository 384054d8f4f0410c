import type { Announcement } from '../src/announcements/announcements.ts';
import type { StreamMessage } from '../src/announcements/stream.ts';
import type { LocalHome } from '../src/local.ts';
import type { Observation } from '../src/service/observation.ts';

type Committed = Extract<Observation, { kind: 'committed' }>;

/** What the demo sees of the running service: its live stream, remembered. */
export interface Watching {
  /** The route's open window as of its latest commit. */
  open(route: string): NonNullable<Committed['open']> | null;
  /** Called at every commit of the route until `until` has happened. */
  onCommit(route: string, show: (committed: Committed) => void): () => void;
  /** The announcement of this type about the route's batch number `seq`; waits for it. */
  announced(type: 'closed' | 'started' | 'ended', route: string, seq: number): Promise<Announcement>;
}

/** Longest wait for anything (ms): a demo must end by itself. */
const PATIENCE_MS = 45_000;

/** Something that should have happened did not. */
export class DemoStuckError extends Error {
  override readonly name = 'DemoStuckError';

  constructor(what: string) {
    super(`${what} did not happen within ${PATIENCE_MS / 1000} s.`);
  }
}

export function watchHome({ stream }: Pick<LocalHome, 'stream'>): Watching {
  const windows = new Map<string, Committed['open']>();
  const seen: Announcement[] = [];
  const shows = new Set<(committed: Committed) => void>();
  const waiting = new Set<(announcement: Announcement) => void>();

  stream.subscribe(null, (message: StreamMessage) => {
    if (message.kind !== 'entry') return;
    if (message.source === 'announcement') {
      seen.push(message.announcement);
      for (const tell of waiting) tell(message.announcement);
    } else if (message.observation.kind === 'committed') {
      const committed = message.observation;
      windows.set(committed.route, committed.open);
      for (const show of shows) show(committed);
    }
  });

  return {
    open: (route) => windows.get(route) ?? null,
    onCommit(route, show) {
      const own = (committed: Committed) => {
        if (committed.route === route) show(committed);
      };
      shows.add(own);
      return () => void shows.delete(own);
    },
    announced(type, route, seq) {
      const fits = ({ type: told, batch }: Announcement) =>
        batch.route === route && batch.seq === seq && kindOf(told) === type;
      const before = seen.find(fits);
      if (before) return Promise.resolve(before);
      return new Promise((resolve, reject) => {
        const late = new DemoStuckError(`Batch ${seq} of route ${route} was not ${type}: it`);
        const timer = setTimeout(() => reject(late), PATIENCE_MS);
        const tell = (announcement: Announcement) => {
          if (!fits(announcement)) return;
          clearTimeout(timer);
          waiting.delete(tell);
          resolve(announcement);
        };
        waiting.add(tell);
      });
    },
  };
}

function kindOf(type: Announcement['type']): 'closed' | 'started' | 'ended' {
  if (type === 'Batch Closed') return 'closed';
  return type === 'Execution Started' ? 'started' : 'ended';
}
