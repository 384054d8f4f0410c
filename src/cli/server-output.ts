import type { AnnouncementStream } from '../announcements/stream.ts';
import { liveMessage } from '../api/live-message.ts';
import type { StreamMessage } from '../api/stream-schemas.ts';
import type { Notification } from '../executions/notification.ts';
import type { Printer } from './printer.ts';
import { printMessage } from './views/message.ts';

/** What a person at the server's terminal wants to see; every single commit is for `listen`. */
const SHOWN: readonly StreamMessage['kind'][] = [
  'batch-closed',
  'execution-succeeded',
  'execution-failed',
  'unrouted',
  'deferred',
  'repaired',
  'clock-skew',
];

const LINES_MAX = 60;

/** Prints what the server does as it does it: with --json everything, as `listen` would. */
export function printStream(
  printer: Printer,
  stream: Pick<AnnouncementStream, 'subscribe'>,
  now: () => number,
): void {
  stream.subscribe(null, async (entry) => {
    const message = liveMessage(entry, now());
    if (printer.json) printer.record(message);
    else if (SHOWN.includes(message.kind)) printMessage(printer, message, now());
    await printer.drained();
  });
}

/** Prints what a pipeline told people. */
export function printNotification(printer: Printer, notification: Notification, execution: string): void {
  if (printer.json) {
    printer.record({ schemaVersion: 1, kind: 'notification', execution, ...notification });
    return;
  }
  const { topic, subject, message } = notification;
  printer.talk(['yellow', `notification to ${topic}: `], ['bold', subject], ` (${execution})`);
  const lines = message.split('\n');
  for (const line of lines.slice(0, LINES_MAX)) printer.talk('  ', line);
  if (lines.length > LINES_MAX) printer.talk(`  … and ${lines.length - LINES_MAX} more lines`);
}
