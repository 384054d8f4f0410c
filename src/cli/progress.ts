import type { BatchRow } from '../api/schemas.ts';
import type { Printer } from './printer.ts';
import { batchColumns } from './views/batches.ts';

/**
 * Shows batches while they are waited for: a table drawn again on a terminal, in a pipe a line whenever a batch
 * stands differently. Nothing with --json: its one document comes at the end.
 */
export function batchProgress(printer: Printer, now: () => number): (batches: BatchRow[]) => void {
  const shown = new Map<string, string>();
  return (batches) => {
    if (printer.json) return;
    const columns = batchColumns(now());
    if (printer.redraws) {
      printer.redraw(printer.rowLines(batches, columns));
      return;
    }
    const changed = batches.filter((batch) => shown.get(batch.id) !== batch.status);
    for (const batch of changed) shown.set(batch.id, batch.status);
    if (changed.length > 0) printer.rows(changed, columns);
  };
}
