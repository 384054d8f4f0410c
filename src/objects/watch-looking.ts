import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WakeAfter } from '../timers/wakeup.ts';
import { isMissing, ObjectStoreError } from './folder-errors.ts';
import { type ListOptions, namesIn, walkFolder } from './folder-walk.ts';
import type { Census } from './watch-census.ts';
import type { Deliveries } from './watch-deliveries.ts';
import type { WatchedFolders } from './watch-folders.ts';
import { BucketFolderError, FileNameError } from './watch-problems.ts';
import type { Settling } from './watch-settling.ts';

export interface LookingOptions {
  /** Real path of the folder of folders. */
  root: string;
  /** Paths of the buckets in it. */
  buckets: string[];
  folders: WatchedFolders;
  known: Census;
  files: Pick<Settling, 'look'>;
  deliveries: Pick<Deliveries, 'room'>;
  wakeAfter: WakeAfter;
  tell(problem: Error): void;
}

/** Looking through folders for files, and watching each folder from before it is listed. */
export interface Looking {
  /** Looks at every file there is, with rests when `gently`. */
  all(gently: boolean): Promise<void>;
  /** Looks at names that are new in the folders which changed since they were listed. */
  names(): Promise<void>;
  /** A folder is there. If it is not the one that is watched there, all below is looked at, soon. */
  foundFolder(path: string, stats: BigIntStats): void;
  /** Resolves when nothing is being looked through any more. */
  stop(): Promise<void>;
}

/** Files that are looked at together. */
const LOOKS_AT_ONCE = 32;

/** Rest after as many, when nobody waits: 100,000 files take about half a minute and a tenth of a processor. */
const GENTLE_REST_MS = 10;

export function lookingThrough(options: LookingOptions): Looking {
  const { root, buckets, folders, known } = options;
  const found: string[] = [];
  let walking: Promise<void> | undefined;
  let stopped = false;
  const { enter, listing } = entering(options, () => stopped);

  const lookBelow = async (folder: string, gently = false) => {
    const keys = walkFolder(folder, {
      ...listing,
      wanted: (key) => !isHidden(key),
      entering: async (path) => (await enter(path)) !== 'not there',
    });
    await lookAt(keys, folder, gently);
  };

  /** Looks at the new names of one folder, and at all below a folder that is new in it. */
  const lookForNew = async (folder: string) => {
    const names = (await namesIn(folder, listing)).filter((name) => !isHidden(name));
    const newFiles = names.filter((name) => !name.endsWith('/') && !known.has(join(folder, name)));
    await lookAt(newFiles, folder, false);
    for (const name of names) {
      if (stopped || !name.endsWith('/')) continue;
      const path = join(folder, name.slice(0, -1));
      if (!folders.has(path)) await lookBelow(path);
    }
  };

  const lookAt = async (keys: AsyncIterable<string> | string[], folder: string, gently: boolean) => {
    let group: Promise<void>[] = [];
    for await (const key of keys) {
      if (stopped) return;
      const path = join(folder, key);
      known.met(path);
      group.push(options.files.look(path));
      if (group.length < LOOKS_AT_ONCE) continue;
      await Promise.all(group);
      await options.deliveries.room();
      if (gently) await new Promise<void>((resolve) => options.wakeAfter(GENTLE_REST_MS, resolve));
      group = [];
    }
    await Promise.all(group);
  };

  const walkFound = async () => {
    for (let path = found.shift(); path !== undefined && !stopped; path = found.shift()) {
      await lookBelow(path);
    }
    walking = undefined;
  };

  return {
    async all(gently) {
      known.beginRound();
      await enter(root);
      for (const bucket of buckets) await lookBelow(bucket, gently);
      if (!stopped) known.endRound();
    },
    async names() {
      for (const path of [...folders.paths()]) {
        const todo = path === root || stopped ? 'nothing' : await enter(path);
        if (todo === 'all is new') await lookBelow(path);
        else if (todo === 'names may be new') await lookForNew(path);
      }
      for (const bucket of buckets) if (!stopped && !folders.has(bucket)) await lookBelow(bucket);
    },
    foundFolder(path, stats) {
      if (stopped || folders.has(path, stats)) return;
      found.push(path);
      walking ??= walkFound();
    },
    async stop() {
      stopped = true;
      await walking;
    },
  };
}

/** Watches folders before they are listed, and tells of those that cannot be. */
function entering({ root, folders, tell }: LookingOptions, stopped: () => boolean) {
  const failed = (place: string, error: unknown) => tell(new ObjectStoreError('look into', place, error));
  const listing: ListOptions = {
    unreadable: (place, name) => tell(new FileNameError(join(place, name), 'its name is not valid UTF-8')),
    failed,
  };
  const enter = async (path: string) => {
    const stats = await lstat(path, { bigint: true }).catch((error: unknown) => {
      if (!isMissing(error)) failed(path, error);
      return null;
    });
    if (stopped()) return 'not there';
    if (stats?.isDirectory()) return folders.enter(path, stats);
    folders.leave(path);
    if (stats?.isSymbolicLink() && dirname(path) === root) tell(new BucketFolderError(path));
    return 'not there';
  };
  return { enter, listing };
}

/** Names that begin with `.` are of no interest, nor is what lies below them. */
function isHidden(key: string): boolean {
  return key.startsWith('.') || key.includes('/.');
}
