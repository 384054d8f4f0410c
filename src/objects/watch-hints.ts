import { watch } from 'chokidar';

/** Hears that something happened in watched folders. A hint may come twice, late, for nothing, or not at all. */
export interface HintListener {
  /** Something happened to the file at this path. */
  hint(path: string): void;
  /** Something happened somewhere. */
  stirred(): void;
  /** Some folder is not watched. */
  failed(error: unknown): void;
}

/** Watches folders and all below them, except what is ignored. Resolves when the watches are there. */
export type WatchHints = (
  folders: string[],
  ignored: (path: string) => boolean,
  listener: HintListener,
) => Promise<{ stop(): Promise<void> }>;

/**
 * Hints by chokidar. Two of its helpers are left off on purpose: `awaitWriteFinish` does not hold for files that it
 * finds at start and stats every file four times, and `atomic` drops names that end in `~` or `.swp`, which are good
 * keys. Whether a file is complete is decided in one place for all files, `watch-settling.ts`.
 */
export const chokidarHints: WatchHints = async (folders, ignored, listener) => {
  const watcher = watch(folders, { ignored, ignoreInitial: true, followSymlinks: false, atomic: false });
  watcher.on('all', (kind, path) => {
    listener.stirred();
    if (kind === 'add' || kind === 'change' || kind === 'unlink') listener.hint(path);
  });
  watcher.on('raw', () => listener.stirred());
  watcher.on('error', (error) => listener.failed(error));
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return { stop: () => watcher.close() };
};
