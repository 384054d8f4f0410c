import type { BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { WatchHints } from './watch-hints.ts';

export interface WatchedFoldersOptions {
  hints: WatchHints;
  now(): number;
  /** A hint came, of whatever name. */
  hinted(): void;
  /** Something happened to what is at this path, in this folder. */
  hint(path: string, folder: string): void;
  /** Something happened in a folder, it is not known to what; {@link WatchedFolders.enter} finds it changed. */
  unclear(): void;
  failed(folder: string, error: unknown): void;
}

/** The folders that are watched. */
export interface WatchedFolders {
  /** Watches a folder that was found to look like this, and says what there is to do in it. To be called before it is listed. */
  enter(path: string, stats: BigIntStats): 'all is new' | 'names may be new' | 'nothing';
  /** Whether this very folder is watched, and not another one that had its path. */
  has(path: string, stats?: BigIntStats): boolean;
  /** Stops to watch a folder, if it was one, and all below it. */
  leave(path: string): void;
  paths(): Iterable<string>;
  /** Ends all watches. */
  stop(): void;
  readonly size: number;
}

interface Watched {
  /** Device and number of the folder; empty when another one may have its path. */
  identity: string;
  born: bigint;
  /** Change time when it was entered; any name that comes or goes moves it. Empty when that cannot be told by it. */
  changed: string;
  below: Set<string>;
  stop(): void;
}

/** A change time is only believed when it lies this far back: two changes at nearly the same instant may have the same. */
const CLOCK_GRAIN_MS = 2_000;

export function watchedFolders(options: WatchedFoldersOptions): WatchedFolders {
  const { hints, now, hinted, hint, unclear, failed } = options;
  const watched = new Map<string, Watched>();
  const keepsBirths = birthKeepers();

  /** A folder that is made after another was removed often gets its number. */
  const isThis = ({ identity, born }: Watched, stats: BigIntStats) =>
    (!keepsBirths(stats) || born === stats.birthtimeNs) && identity === identityOf(stats);

  const add = (path: string, stats: BigIntStats) => {
    const [identity, born] = [identityOf(stats), stats.birthtimeNs];
    const entry: Watched = { identity, born, changed: '', below: new Set(), stop() {} };
    watched.set(path, entry);
    watched.get(dirname(path))?.below.add(basename(path));
    entry.stop = hints(path, {
      hint(name, renamed) {
        hinted();
        if (name.startsWith('.')) return;
        const found = join(path, name);
        const folder = renamed ? watched.get(found) : undefined;
        if (folder !== undefined) folder.identity = '';
        hint(found, path);
      },
      unclear() {
        entry.changed = '';
        unclear();
      },
      ended() {
        entry.identity = '';
        unclear();
      },
      failed(error) {
        entry.identity = '';
        failed(path, error);
      },
    });
    return entry;
  };

  const leave = (path: string) => {
    const entry = watched.get(path);
    if (entry === undefined) return;
    entry.stop();
    watched.delete(path);
    watched.get(dirname(path))?.below.delete(basename(path));
    for (const name of [...entry.below]) leave(join(path, name));
  };

  return {
    enter(path, stats) {
      const changed = changeOf(stats, now());
      const known = watched.get(path);
      if (known !== undefined && isThis(known, stats)) {
        const same = known.changed !== '' && known.changed === changed;
        known.changed = changed;
        return same ? 'nothing' : 'names may be new';
      }
      leave(path);
      add(path, stats).changed = changed;
      return 'all is new';
    },
    has(path, stats) {
      const entry = watched.get(path);
      return entry !== undefined && (stats === undefined || isThis(entry, stats));
    },
    leave,
    paths: () => watched.keys(),
    stop() {
      for (const entry of watched.values()) entry.stop();
      watched.clear();
    },
    get size() {
      return watched.size;
    },
  };
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}-${ino}`;
}

/**
 * Tells whether a folder's birth can be believed. Where none is kept the system says 0, or the change time in its place;
 * so a device keeps births if one was seen to lie before a change.
 */
function birthKeepers(): (stats: BigIntStats) => boolean {
  const keepers = new Set<bigint>();
  return ({ dev, birthtimeNs, ctimeNs }) => {
    if (birthtimeNs > 0n && birthtimeNs < ctimeNs) keepers.add(dev);
    return keepers.has(dev);
  };
}

function changeOf({ ctimeNs }: BigIntStats, now: number): string {
  return now - Number(ctimeNs / 1_000_000n) >= CLOCK_GRAIN_MS ? String(ctimeNs) : '';
}
