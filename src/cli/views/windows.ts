import type { OpenWindowRow } from '../../api/schemas.ts';
import type { Style } from '../colour.ts';
import type { Column } from '../text/table.ts';
import { bytesText, durationText, instantText } from '../text/time.ts';

const BAR_COLUMNS = 10;
/** From here on a window is nearly full. */
const NEARLY = 0.8;

/** Open windows as a table. `now` is the server's clock, in ms. */
export function windowColumns(now: number): Column<OpenWindowRow>[] {
  return [
    { title: 'ROUTE', value: (row) => row.route, rank: 0, shrinkTo: 8, style: () => 'bold' },
    { title: 'PARTITION', value: (row) => row.partition, rank: 2, shrinkTo: 8, cut: 'middle' },
    {
      title: 'EVENTS',
      value: (row) => `${row.count}/${row.limits.count}`,
      align: 'right',
      rank: 0,
      style: (row) => fillStyle(row),
    },
    { title: 'FILL', value: (row) => shareOf(row).toFixed(3), show: bar, rank: 5 },
    {
      title: 'BYTES',
      value: (row) => String(row.bytes),
      show: (row) => bytesText(row.bytes),
      align: 'right',
      rank: 6,
    },
    {
      title: 'CLOSES IN',
      value: (row) => row.deadline,
      show: (row) => (row.msLeft < 0 ? `overdue ${durationText(-row.msLeft)}` : durationText(row.msLeft)),
      style: (row) => (row.msLeft < 0 ? 'red' : undefined),
      align: 'right',
      rank: 1,
    },
    {
      title: 'OPENED',
      value: (row) => row.openedAt,
      show: (row) => instantText(row.openedAt, now),
      rank: 4,
    },
    {
      title: 'NEXT CRON',
      value: (row) => row.nextTicks[0]?.at ?? '',
      show: (row) => nextTick(row, now),
      rank: 7,
    },
    { title: 'LAST BATCH', value: (row) => row.lastBatch?.id ?? '', show: lastBatch, rank: 8 },
  ];
}

/** How full a window is: the nearer of its count and its bytes limit, 0 to 1. */
function shareOf({ count, bytes, limits }: OpenWindowRow): number {
  const byBytes = limits.bytes === undefined || limits.bytes === 0 ? 0 : bytes / limits.bytes;
  return Math.min(1, Math.max(count / Math.max(1, limits.count), byBytes));
}

function bar(row: OpenWindowRow): string {
  const full = Math.round(shareOf(row) * BAR_COLUMNS);
  return '█'.repeat(full) + '░'.repeat(BAR_COLUMNS - full);
}

function fillStyle(row: OpenWindowRow): Style | undefined {
  return shareOf(row) >= NEARLY ? 'yellow' : undefined;
}

/** In the schedule's own time zone, and here. */
function nextTick({ nextTicks }: OpenWindowRow, now: number): string {
  const [tick] = nextTicks;
  return tick === undefined ? '' : `${tick.local} ${tick.timezone} (here ${instantText(tick.at, now)})`;
}

function lastBatch({ lastBatch: last }: OpenWindowRow): string {
  if (last === null) return '';
  return `${last.reason}, ${last.status ?? 'closed'}: ${last.id}`;
}
