import { mkdir, realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ObjectEvent } from '../core/event.ts';
import { systemWakeAfter, type WakeAfter } from '../timers/wakeup.ts';
import { codeOf, guarded, ObjectStoreError } from './folder-errors.ts';
import { bucketPath, keyFault } from './folder-path.ts';
import { type FileStamp, stampOf } from './folder-stamp.ts';
import { census } from './watch-census.ts';
import { deliveriesTo } from './watch-deliveries.ts';
import { watchedFolders } from './watch-folders.ts';
import { systemHints, type WatchHints } from './watch-hints.ts';
import { lookingThrough } from './watch-looking.ts';
import { FileNameError, tellingOnce, WatchLimitError } from './watch-problems.ts';
import { roundsOf } from './watch-rounds.ts';
import { settling } from './watch-settling.ts';

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
  /** Where hints come from; the system by default. */
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
 * - **Nothing is lost** while the watch runs. The system drops notices under load: after so many that it may have, folders
 *   that changed are listed again for names that are new; and every file is looked at again about every ten minutes, which
 *   also finds what no notice told of (a write over a file in the midst of a flood, a folder on another machine). A group
 *   of events that is refused comes again with growing waits. While 10,000 events wait, no more files are looked at.
 * - **Told by `onProblem`**: names that are not UTF-8 or are longer than a key may be (FileNameError), no more watches
 *   (WatchLimitError), folders that cannot be read (ObjectStoreError), a bucket that is a link (BucketFolderError),
 *   refused groups (DeliveryFailedError).
 *
 * @throws ObjectStoreError when root or bucket folders cannot be made; ObjectKeyError for a name no bucket can have.
 */
export async function watchFolder(options: WatchOptions): Promise<FolderWatch> {
  const { onProblem, clock, wakeAfter = systemWakeAfter, hints = systemHints } = options;
  const { root, buckets } = await madeFolders(options);
  const deliveries = deliveriesTo({ ...options, wakeAfter });
  const tell = tellingOnce(onProblem);
  const known = census();
  const files = settling({
    now: clock.now,
    wakeAfter,
    room: deliveries.room,
    folder: (path, stats) => looking.foundFolder(path, stats),
    gone(path) {
      known.gone(path);
      folders.leave(path);
    },
    failed: (path, error) => tell(new ObjectStoreError('look at', path, error)),
    complete(path, stats) {
      folders.leave(path);
      const stamp = stampOf(stats);
      const event = eventOf(relative(root, path), stamp, clock.now());
      const fault = keyFault(event.key);
      if (fault !== null) tell(new FileNameError(path, fault));
      else if (known.note(path, stamp.sequencer)) deliveries.add(event);
    },
  });
  const folders = watchedFolders({
    hints,
    now: clock.now,
    hinted: () => rounds.hinted(),
    hint(path, folder) {
      // The root is watched to hear of buckets that come again; what else lies there is no concern.
      if (folder !== root || buckets.includes(path)) files.hint(path);
    },
    unclear: () => rounds.missed(),
    failed(path, error) {
      rounds.keepGoing();
      tell(watchProblem(path, error));
    },
  });
  const looking = lookingThrough({ root, buckets, folders, known, files, deliveries, wakeAfter, tell });
  const rounds = roundsOf({ all: looking.all, names: looking.names, wakeAfter });

  return {
    scanned: rounds.first,
    get waiting() {
      return deliveries.size;
    },
    async stop() {
      folders.stop();
      const ends = [deliveries.stop(), looking.stop(), rounds.stop(), files.stop()];
      await Promise.all(ends);
    },
  };
}

async function madeFolders({ root, buckets }: WatchOptions): Promise<{ root: string; buckets: string[] }> {
  return await guarded('watch', root, async () => {
    await mkdir(root, { recursive: true });
    const real = await realpath(root);
    const folders = [...new Set(buckets)].map((bucket) => bucketPath(real, bucket));
    for (const folder of folders) await guarded('make', folder, () => mkdir(folder, { recursive: true }));
    return { root: real, buckets: folders };
  });
}

function eventOf(path: string, stamp: FileStamp, arrival: number): ObjectEvent {
  const [bucket = '', ...names] = path.split(sep);
  const { size, etag, sequencer, bornAfter } = stamp;
  return { bucket, key: names.join('/'), size, etag, sequencer, time: bornAfter, arrival };
}

function watchProblem(folder: string, error: unknown): Error {
  const code = codeOf(error);
  return ['ENOSPC', 'EMFILE', 'ENFILE'].includes(code)
    ? new WatchLimitError(code, error)
    : new ObjectStoreError('watch', folder, error);
}
