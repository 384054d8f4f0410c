import { watch } from 'node:fs';
import { isMissing } from './folder-errors.ts';

/** Hears that something happened in one folder. A hint may come twice, late, for nothing, or not at all. */
export interface HintListener {
  /** Something happened to what has this name. `renamed`: it came, went, or something else has the name now. */
  hint(name: string, renamed: boolean): void;
  /** Something happened in the folder; it is not known to what. */
  unclear(): void;
  /** The watch ended by itself: the folder went, or is to be watched anew. */
  ended(): void;
  /** The folder cannot be watched. */
  failed(error: unknown): void;
}

/**
 * Watches one folder and not what lies below, from the moment that it returns. Returns how to end that. A folder that
 * is gone is watched in vain.
 */
export type WatchHints = (folder: string, listener: HintListener) => () => void;

/**
 * Hints by the system, one watch for each folder. Why no library: those at hand hold a watch or an entry for each file
 * as well, several hundred bytes, and list the whole folder again when a file comes.
 */
export const systemHints: WatchHints = (folder, listener) => {
  try {
    const watcher = watch(folder, (kind, name) => {
      // A name with this character may have been one that is not UTF-8.
      if (name === null || name.includes('\ufffd')) listener.unclear();
      if (name !== null) listener.hint(name, kind === 'rename');
    });
    watcher.on('error', listener.ended);
    return () => watcher.close();
  } catch (error) {
    if (!isMissing(error)) listener.failed(error);
    return () => {};
  }
};
