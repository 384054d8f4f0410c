import type { Section } from '../bench.ts';
import { DOLLARS_PER_RCU } from '../log/prices.ts';
import type { Grown } from './work.ts';

export function growthSections(rows: readonly Grown[], quick: boolean): Section[] {
  return [costSection(rows, quick), lateSection(rows)];
}

function costSection(rows: readonly Grown[], quick: boolean): Section {
  return {
    title: 'What grows with what',
    text:
      'The real service and one caller, over a log in its own memory, each line in a fresh process that has done the like for two seconds or more before: ' +
      'neither disk nor network blurs the processor time. ' +
      (quick
        ? ''
        : 'Lines up to a size of 10,000 are measured in three processes, the middle one by processor time is shown. ') +
      'Units are counted by DynamoDB’s rules from the bytes of each record. The log alone; items for listing are not kept here.',
    head: [
      ...['', 'events', 'in a call', 'WCU/event', 'RCU/event', 'p50 ms', 'p99 ms'],
      ...['CPU µs/event', 'the same at the end', 'held MB', 'held bytes a partition'],
    ],
    rows: rows.map(({ grows, what, size, events, group, heldBytes, ...row }) => [
      ...[what, events, group, row.wcu, row.rcu, row.p50, row.p99, row.cpuUs, row.cpuUsAtEnd],
      Math.max(0, heldBytes) / 1e6,
      grows === 'partitions' && size > 1 ? heldBytes / size : null,
    ]),
    notes: [
      'p50 and p99 are of one call. "At the end": over the last eighth of the events. "Held": what the service keeps in memory, the log apart, after garbage is collected, to about 4 MB. It includes up to 20,000 events of open windows, over all partitions, whose batches need not be read back.',
      'A window of 10,000 shows in p99 alone, where it closes: the input of a batch is built from all of its events.',
      'A log is met by a process that knows nothing of it: it reads the log’s end, and from then on its length means nothing.',
      'With partitions every event is a record of its own, also the line with one partition. A process remembers 20,000 partitions; beyond, an event also costs the look at its log’s end.',
      'The backlog is what arrived in eight hours, received at once. Any of it may come twice, so a process holds a digest of all that was committed since the oldest was born. Simulated: the queue, and the clock of what arrived. Not exercised here: network, throttling, several writers.',
    ],
  };
}

function lateSection(rows: readonly Grown[]): Section {
  return {
    title: 'What a late duplicate costs',
    text:
      'An event comes a second time, to a process that remembers nothing, when so many records have been committed since it was born: ' +
      'the one cost that grows with time. All records since then are read.',
    head: ['records since', 'MB in the log', 'requests', 'RCU', '$', 'CPU ms'],
    rows: rows.flatMap(({ size, logBytes, late }) =>
      late === null
        ? []
        : [
            [
              ...[size.toLocaleString('en-US'), logBytes / 1e6, late.reads, late.readUnits],
              late.readUnits * DOLLARS_PER_RCU,
              late.cpuMs,
            ],
          ],
    ),
    notes: [
      'Records of one event each, the dearest there are; with 100 events in a record the same number of events takes a sixth of the bytes.',
      'Requests come one after the other, each up to 1 MB. A process remembers the events of the last quarter of an hour at least, and reads nothing for them.',
    ],
  };
}
