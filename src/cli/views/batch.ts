import type { FileRow, FlushRow } from '../../api/schemas.ts';
import type { BatchAnswer, TraceAnswer } from '../client/endpoints.ts';
import type { Style } from '../colour.ts';
import type { Printer } from '../printer.ts';
import type { Column } from '../text/table.ts';
import { bytesText, counted, durationText, instantText } from '../text/time.ts';
import { ranMs } from './batches.ts';
import { outputLines } from './output.ts';
import { statusStyle, statusText } from './status.ts';

type Step = TraceAnswer['entries'][number];

const NAME_COLUMNS = 11;
const CAUSE_CHARACTERS_MAX = 500;
const CAUSE_LINES_MAX = 10;

/** The facts of one batch, one a line. */
export function printFacts(
  printer: Printer,
  { batch, flush, output }: Pick<BatchAnswer, 'batch' | 'flush' | 'output'>,
  now: number,
): void {
  const fact = (name: string, value: string, style?: Style) =>
    printer.line(['dim', name.padEnd(NAME_COLUMNS)], [style, value]);
  const time = (iso: string) => instantText(iso, now);
  const ran = ranMs(batch);
  fact('batch', batch.id, 'bold');
  fact('status', statusText(batch.status), statusStyle(batch.status));
  fact('route', batch.route);
  if (batch.partition !== '') fact('partition', batch.partition);
  fact('reason', batch.reason);
  fact('events', `${batch.count} (${bytesText(batch.bytes)})`);
  fact('opened', time(batch.openedAt));
  fact(
    'closed',
    `${time(batch.closedAt)} (deadline ${time(batch.deadline)}, late ${durationText(batch.latenessMs)})`,
  );
  if (batch.by !== undefined) fact('flushed by', flushText(batch.by, flush));
  if (batch.pipeline !== undefined) fact('pipeline', `${batch.pipeline}, policy ${batch.policyVersion}`);
  if (batch.execution !== undefined) fact('execution', batch.execution);
  if (batch.startedAt !== undefined) {
    fact('started', `${time(batch.startedAt)}${ran === null ? '' : `, ran ${durationText(ran)}`}`);
  }
  for (const line of outputLines(output)) fact('output', line);
  if (batch.redrives > 0) fact('redriven', counted(batch.redrives, 'time'));
  if (batch.error !== undefined) fact('error', batch.error, 'red');
  for (const [index, line] of causeLines(batch.cause).entries()) fact(index === 0 ? 'cause' : '', line);
}

/** A cause may name fifty files, each on a line of its own: the first lines, and that there are more. */
export function causeLines(cause = ''): string[] {
  const lines = cause.split('\n').filter((line) => line !== '');
  const shown = lines.slice(0, CAUSE_LINES_MAX).map((line) => line.slice(0, CAUSE_CHARACTERS_MAX));
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `… and ${counted(more, 'more line')}: --json has all of it`] : shown;
}

function flushText(by: { flushId: string; who: string }, flush: FlushRow | undefined): string {
  const note = flush?.note === undefined ? '' : `: ${flush.note}`;
  return `${by.who} (flush ${by.flushId})${note}`;
}

/** The files of a batch, in the order of their events. */
export function fileColumns(now: number): Column<FileRow>[] {
  return [
    { title: 'OFFSET', value: (row) => String(row.offset), align: 'right', rank: 3 },
    { title: 'KEY', value: (row) => `s3://${row.bucket}/${row.key}`, rank: 0, shrinkTo: 12, cut: 'middle' },
    {
      title: 'SIZE',
      value: (row) => String(row.size),
      show: (row) => bytesText(row.size),
      align: 'right',
      rank: 1,
    },
    { title: 'ARRIVED', value: (row) => row.arrival, show: (row) => instantText(row.arrival, now), rank: 2 },
    {
      title: '',
      value: (row) => (row.closedTheBatch ? 'closed the batch' : ''),
      rank: 4,
    },
  ];
}

/** What happened in the execution, step by step. */
export function stepColumns(now: number): Column<Step>[] {
  return [
    { title: 'AT', value: (row) => row.at, show: (row) => instantText(row.at, now), rank: 3 },
    {
      title: 'STATE',
      value: (row) => [row.path, row.state].filter((part) => part !== '').join(' / '),
      rank: 0,
      shrinkTo: 12,
      cut: 'middle',
    },
    { title: 'TYPE', value: (row) => row.type, rank: 5 },
    { title: 'WHAT', value: (row) => row.kind, style: (row) => stepStyle(row), rank: 1 },
    {
      title: 'TRY',
      value: (row) => (row.attempt === undefined ? '' : String(row.attempt)),
      align: 'right',
      rank: 4,
    },
    {
      title: 'ERROR',
      value: (row) => [row.error, row.cause].filter((part) => part !== undefined).join(': '),
      shrinkTo: 8,
      rank: 2,
      style: () => 'red',
    },
  ];
}

function stepStyle({ kind }: Step): Style | undefined {
  if (kind === 'failed' || kind === 'item-failed' || kind === 'execution-failed') return 'red';
  if (kind === 'retried' || kind === 'caught') return 'yellow';
  return kind === 'succeeded' || kind === 'item-succeeded' ? 'green' : undefined;
}
