import type { BatchRow } from '../../api/schemas.ts';
import type { Column } from '../text/table.ts';
import { bytesText, durationText, instantText } from '../text/time.ts';
import { statusStyle, statusText } from './status.ts';

/** Batches as a table. `now` is a clock in ms, to leave out today's date. */
export function batchColumns(now: number): Column<BatchRow>[] {
  return [
    { title: 'BATCH', value: (row) => row.id, rank: 0, style: () => 'bold' },
    { title: 'ROUTE', value: (row) => row.route, rank: 8, shrinkTo: 8 },
    { title: 'PARTITION', value: (row) => row.partition, rank: 3, shrinkTo: 8, cut: 'middle' },
    { title: 'REASON', value: (row) => row.reason, rank: 1 },
    { title: 'EVENTS', value: (row) => String(row.count), align: 'right', rank: 2 },
    {
      title: 'BYTES',
      value: (row) => String(row.bytes),
      show: (row) => bytesText(row.bytes),
      align: 'right',
      rank: 7,
    },
    {
      title: 'CLOSED',
      value: (row) => row.closedAt,
      show: (row) => instantText(row.closedAt, now),
      rank: 4,
    },
    {
      title: 'LATE',
      value: (row) => String(row.latenessMs),
      show: (row) => durationText(row.latenessMs),
      align: 'right',
      rank: 6,
    },
    {
      title: 'RAN',
      value: (row) => String(ranMs(row) ?? ''),
      show: (row) => (ranMs(row) === null ? '' : durationText(ranMs(row) ?? 0)),
      align: 'right',
      rank: 5,
    },
    {
      title: 'STATUS',
      value: (row) => row.status,
      show: (row) => statusText(row.status),
      style: (row) => statusStyle(row.status),
      rank: 0,
    },
  ];
}

/** How long the execution took (ms), or null while it has not ended. */
export function ranMs({ startedAt, endedAt }: BatchRow): number | null {
  if (startedAt === undefined || endedAt === undefined) return null;
  return Date.parse(endedAt) - Date.parse(startedAt);
}
