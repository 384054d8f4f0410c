import type { StreamMessage } from '../../api/stream-schemas.ts';
import type { Style } from '../colour.ts';
import type { WindowSeen } from '../polling.ts';
import type { Printer } from '../printer.ts';
import { escapeValue } from '../text/escape.ts';
import type { Column } from '../text/table.ts';
import { counted, durationText, instantText } from '../text/time.ts';

/** What `listen` shows: the stream's messages, and what looking finds where there is no stream. */
type Message = StreamMessage | WindowSeen;

/** Keys named in one line; the rest are counted. */
const KEYS_SHOWN = 3;
const KIND_COLUMNS = 20;

const STYLES: Partial<Record<Message['kind'], Style>> = {
  'batch-closed': 'cyan',
  'execution-succeeded': 'green',
  'execution-failed': 'red',
  duplicates: 'dim',
  unrouted: 'yellow',
  deferred: 'yellow',
  gap: 'yellow',
  'clock-skew': 'red',
};

/**
 * Whether a message passes the filters. Messages that have no route pass only where none is asked for, those
 * without a reason likewise; a gap always does, because any message may be in it.
 */
export function wants(
  filter: { route: string | undefined; reasons: string[] | undefined },
  message: Message,
): boolean {
  if (message.kind === 'gap') return true;
  if (filter.route !== undefined && !('route' in message && message.route === filter.route)) return false;
  return filter.reasons === undefined || reasonsOf(message).some((each) => filter.reasons?.includes(each));
}

function reasonsOf(message: Message): string[] {
  if (message.kind === 'committed') return message.closed.map(({ reason }) => reason);
  return 'reason' in message ? [message.reason] : [];
}

/** One line on a terminal; in a pipe the fields time, kind, route, partition and text. */
export function printMessage(printer: Printer, message: Message, now: number): void {
  if (!printer.tty) {
    printer.rows([message], COLUMNS);
    return;
  }
  printer.line(
    ['dim', `${instantText(message.at, now)} `],
    [STYLES[message.kind], `${kindText(message).padEnd(KIND_COLUMNS)} `],
    ['bold', placeOf(message)],
    placeOf(message) === '' ? '' : ' ',
    textOf(message),
  );
}

const COLUMNS: Column<Message>[] = [
  { title: 'AT', value: ({ at }) => at, rank: 0 },
  { title: 'KIND', value: ({ kind }) => kind, rank: 0 },
  { title: 'ROUTE', value: (message) => ('route' in message ? message.route : ''), rank: 0 },
  { title: 'PARTITION', value: (message) => ('partition' in message ? message.partition : ''), rank: 0 },
  { title: 'TEXT', value: textOf, rank: 0 },
];

function kindText({ kind }: Message): string {
  return kind === 'duplicates' ? 'seen before' : kind.replace('-', ' ');
}

function placeOf(message: Message): string {
  if (!('route' in message)) return '';
  return message.partition === '' ? message.route : `${message.route}/${escapeValue(message.partition)}`;
}

function textOf(message: Message): string {
  switch (message.kind) {
    case 'committed':
      return committedText(message);
    case 'duplicates':
      return `delivered again, counted once: ${keysText(message.keys)}`;
    case 'batch-closed':
      return `${message.batch}: ${counted(message.count, 'event')}, reason ${message.reason}${lateText(message)}`;
    case 'execution-started':
    case 'execution-succeeded':
      return `${message.batch}`;
    case 'execution-failed':
      return [message.batch, message.error, firstLine(message.cause)]
        .filter((part) => part !== undefined)
        .join(': ');
    case 'started':
      return `${message.batch}${message.already ? ' had been started before' : ''}`;
    case 'unrouted':
      return `no route matches s3://${message.bucket}/${message.key}`;
    case 'ignored':
      return `s3://${message.bucket}/${message.key} is a folder marker`;
    case 'conflict':
      return `another writer was first with record ${message.record}; decided again`;
    case 'deferred':
      return `effects of records ${message.from} to ${message.to} put off: ${message.cause}`;
    case 'repaired':
      return [message.what, message.batch].filter((part) => part !== undefined).join(' of ');
    case 'clock-skew':
      return `s3://${message.bucket}/${message.key} says it is from ${durationText(message.aheadMs)} ahead`;
    case 'flush':
      return [`${message.outcome} (flush ${message.flushId})`, message.batch].filter(Boolean).join(': ');
    case 'window-seen':
      return `${counted(message.count, 'event')} waiting, closes ${message.deadline}`;
    case 'gap':
      return message.sentence;
  }
}

function committedText({
  events,
  keys,
  closed,
  open,
}: Extract<StreamMessage, { kind: 'committed' }>): string {
  const parts: string[] = [];
  if (events > 0) parts.push(`${counted(events, 'event')}: ${keysText(keys)}`);
  for (const batch of closed) parts.push(`closed ${batch.id} (${batch.count}, ${batch.reason})`);
  if (open !== null) parts.push(`${open.count} waiting`);
  return parts.join('; ');
}

/** A cause may go on for fifty files; `batch` and the notification have all of it. */
function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n', 1)[0];
}

function keysText(keys: readonly string[]): string {
  const more = keys.length - KEYS_SHOWN;
  return `${keys.slice(0, KEYS_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function lateText({ latenessMs }: { latenessMs: number }): string {
  return latenessMs > 0 ? `, ${durationText(latenessMs)} late` : '';
}
