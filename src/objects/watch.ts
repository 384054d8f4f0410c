import { mkdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ObjectEvent } from '../core/event.ts';
import { systemWakeAfter, type WakeAfter } from '../timers/wakeup.ts';
import { codeOf, guarded, ObjectStoreError } from './folder-errors.ts';
import { bucketPath, keyFault } from './folder-path.ts';
import { isReal } from './folder-place.ts';
import { type FileStamp, stampOf } from './folder-stamp.ts';
import { walkFolder } from './folder-walk.ts';
import { type Census, census } from './watch-census.ts';
import { type Deliveries, deliveriesTo } from './watch-deliveries.ts';
import { chokidarHints, type WatchHints } from './watch-hints.ts';
import { BucketFolderError, FileNameError, tellingOnce, WatchLimitError } from './watch-problems.ts';
import { type Rounds, roundsOf } from './watch-rounds.ts';
import { type Settling, settling } from './watch-settling.ts';

export interface WatchOptions {
  /** The folder of folders; made if it is missing. */
  root: string;
  /** Buckets, each a folder in the root; made if missing. */
  buckets: string[];
  /** Takes events for good when it resolves. A group that it rejects comes again, as long as the watch runs. */
  onEvents(events: ObjectEvent[]): Promise<void>;
  /** Something needs a person's attention; each thing is told once, deliveries that fail every time. */
  onProblem(error: Error): void;
  clock: Pick<Clock, 'now' | 'random'>;
  wakeAfter?: WakeAfter;
  /** Where hints come from; chokidar by default. */
  hints?: WatchHints;
}

export interface FolderWatch {
  /** Every file that was there at the start has been looked at; those still being written follow when complete. */
  scanned: Promise<void>;
  /** Events that were not taken yet. */
  readonly waiting: number;
  /** Ends the watch. Resolves when `onEvents` holds no events any more; what it did not take comes at the next start. */
  stop(): Promise<void>;
}

/** Files that a round looks at together. */
const LOOKS_AT_ONCE = 32;

/**
 * Watches the buckets of a folder: every complete file is an event.
 *
 * - **A file counts** when nothing has changed it for 200 ms: written in place, renamed into place, copied with its old
 *   times, empty ones too. A writer that pauses for longer gives an event for each state it left, and so may any writer
 *   where this clock is ahead of the file system's. Files that were there before count once: the log drops those that it
 *   has.
 * - **Another write is another event**: overwriting a file or touching its modification time. A file that was deleted
 *   and comes back with the same size and modification time is the same write. Deleted before it was complete: none.
 * - **No events**: folders (S3's consoles make folder markers, a laptop does not), symbolic links and all below them,
 *   and whatever begins with `.`, file or folder: the temporary names of rsync and editors, and `.spillway`.
 * - **An event's** `arrival` is the moment when the file was found complete, `time` a lower bound for the moment of its
 *   birth (see `bornAfter` in `folder-stamp.ts`), `sequencer` and `etag` come from size and modification time.
 * - **Nothing is lost** while the watch runs: folders are looked through at start and after every burst, since the
 *   system drops notices under load; a group of events that is refused comes again with growing waits. While 10,000
 *   events wait, no more files are looked at.
 * - **Told by `onProblem`**: names that are not UTF-8 or are longer than a key may be (FileNameError), no more watches
 *   (WatchLimitError), folders that cannot be read (ObjectStoreError), a bucket that is a link (BucketFolderError),
 *   refused groups (DeliveryFailedError).
 *
 * @throws ObjectStoreError when root or bucket folders cannot be made; ObjectKeyError for a name no bucket can have.
 */
export async function watchFolder(options: WatchOptions): Promise<FolderWatch> {
  const { onProblem, clock, wakeAfter = systemWakeAfter, hints = chokidarHints } = options;
  const { root, folders } = await madeFolders(options);
  const deliveries = deliveriesTo({ ...options, wakeAfter });
  const tell = tellingOnce(onProblem);
  const known = census();
  const files = settling({
    now: clock.now,
    wakeAfter,
    room: deliveries.room,
    gone: known.gone,
    failed: (path, error) => tell(new ObjectStoreError('look at', path, error)),
    complete(path, stats) {
      const stamp = stampOf(stats);
      const event = eventOf(relative(root, path), stamp, clock.now());
      const fault = keyFault(event.key);
      if (fault !== null) tell(new FileNameError(path, fault));
      else if (known.note(path, stamp.sequencer)) deliveries.add(event);
    },
  });

  let stopped = false;
  const round = () => lookThrough({ folders, known, files, deliveries, tell, stopped: () => stopped });
  const ignored = (path: string) => isHiddenPath(relative(root, path));
  // Before the first round: what happens during it must not go unseen.
  let rounds: Rounds | undefined;
  let unreliable = false;
  const watcher = await hints(folders, ignored, {
    hint: files.hint,
    stirred: () => rounds?.stirred(),
    failed(error) {
      unreliable = true;
      rounds?.keepGoing();
      tell(watchProblem(root, error));
    },
  });
  rounds = roundsOf({ round, wakeAfter });
  if (unreliable) rounds.keepGoing();
  const running = rounds;

  return {
    scanned: running.first,
    get waiting() {
      return deliveries.size;
    },
    async stop() {
      stopped = true;
      const delivered = deliveries.stop();
      await Promise.all([watcher.stop(), running.stop(), files.stop(), delivered]);
    },
  };
}

async function madeFolders({ root, buckets }: WatchOptions): Promise<{ root: string; folders: string[] }> {
  return await guarded('watch', root, async () => {
    await mkdir(root, { recursive: true });
    const real = await realpath(root);
    const folders = [...new Set(buckets)].map((bucket) => bucketPath(real, bucket));
    for (const folder of folders) await guarded('make', folder, () => mkdir(folder, { recursive: true }));
    return { root: real, folders };
  });
}

interface Round {
  folders: string[];
  known: Census;
  files: Settling;
  deliveries: Deliveries;
  tell(problem: Error): void;
  stopped(): boolean;
}

/** Looks at every file there is. */
async function lookThrough({ folders, known, files, deliveries, tell, stopped }: Round): Promise<void> {
  known.beginRound();
  for (const folder of folders) {
    let group: Promise<void>[] = [];
    for await (const key of keysIn(folder, tell)) {
      if (stopped()) return;
      const path = join(folder, key);
      known.met(path);
      group.push(files.look(path));
      if (group.length < LOOKS_AT_ONCE) continue;
      await Promise.all(group);
      await deliveries.room();
      group = [];
    }
    await Promise.all(group);
  }
  if (!stopped()) known.endRound();
}

async function* keysIn(folder: string, tell: (problem: Error) => void): AsyncGenerator<string> {
  try {
    if (!(await isReal(folder))) return tell(new BucketFolderError(folder));
    yield* walkFolder(folder, {
      wanted: (key) => !isHidden(key),
      unreadable: (place, name) => tell(new FileNameError(join(place, name), 'its name is not valid UTF-8')),
      failed: (place, error) => tell(new ObjectStoreError('look into', place, error)),
    });
  } catch (error) {
    tell(new ObjectStoreError('look into', folder, error));
  }
}

function eventOf(path: string, stamp: FileStamp, arrival: number): ObjectEvent {
  const [bucket = '', ...names] = path.split(sep);
  const { size, etag, sequencer, bornAfter } = stamp;
  return { bucket, key: names.join('/'), size, etag, sequencer, time: bornAfter, arrival };
}

/** Whether a path inside the root has a name that begins with `.`; what lies outside is not asked. */
function isHiddenPath(path: string): boolean {
  const names = path.split(sep);
  return names[0] !== '..' && isHidden(names.join('/'));
}

function isHidden(key: string): boolean {
  return key.startsWith('.') || key.includes('/.');
}

function watchProblem(root: string, error: unknown): Error {
  const code = codeOf(error);
  return ['ENOSPC', 'EMFILE', 'ENFILE'].includes(code)
    ? new WatchLimitError(code, error)
    : new ObjectStoreError('watch', root, error);
}
