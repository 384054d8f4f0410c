import { join } from 'node:path';
import { INTERNAL_BUCKET } from './objects/folder-path.ts';
import { type EmbeddedTable, openEmbeddedTable } from './table/embedded.ts';
import type { TableThread } from './table/embedded-thread.ts';
import type { TableStoppedError } from './table/errors.ts';

/**
 * Opens the table of a laptop's server, in a thread of its own. It takes a while, so it is begun before the rest is loaded.
 *
 * @throws FolderInUseError, FolderUnwritableError, TableCorruptError, TableStoppedError
 */
export function openLocalTable(
  root: string,
  onStopped: (error: TableStoppedError) => void,
  thread?: TableThread,
): Promise<EmbeddedTable> {
  const folder = join(root, INTERNAL_BUCKET, 'table');
  const opening = openEmbeddedTable({ folder, onStopped, ...(thread && { thread }) });
  // Whoever awaits it hears of a failure; until then that is nobody.
  opening.catch(() => undefined);
  return opening;
}
