import type { Usage } from './bill.ts';
import type { Way } from './ways.ts';
import type { Work } from './work.ts';

/** An event as an item of its own, key included. */
const EVENT_ITEM_BYTES = 300;
const READ_UNIT_BYTES = 4_096;

/**
 * Our stack with another way to count: an item per event and a counter, in transactions: 2 write units for each of them
 * (DynamoDB, transactions).
 */
export function transactions(
  { flow, traffic }: Work,
  ours: Pick<Way, 'files' | 'standing'>,
  name: string,
  eventsMax: number,
  not: string,
): Way {
  const perTransaction = Math.min(eventsMax, flow.perCommit);
  const log = ours.files.filter(({ what }) => what === 'records of the log' || what.startsWith('records,'));
  const state: Usage = {
    service: 'DynamoDB',
    what: 'transactions',
    price: 'dynamoWrites',
    quantity: (traffic.files / perTransaction) * 2 * (perTransaction + 1),
  };
  // An item per event has to be read for the batch; a page of them is read at once.
  const read: Usage = {
    service: 'DynamoDB',
    what: 'events, to start executions',
    price: 'dynamoReads',
    quantity: (traffic.files * EVENT_ITEM_BYTES) / READ_UNIT_BYTES,
  };
  return {
    name,
    files: [...ours.files.filter((usage) => !log.includes(usage)), state, read],
    standing: ours.standing,
    not,
    counted: '',
  };
}
