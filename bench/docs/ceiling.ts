import type { Reckoned } from '../../src/cli/costing.ts';
import { unitsOf } from '../../src/cost/costs.ts';
import type { Results } from '../figures/figures.ts';
import type { Grown } from '../growth/work.ts';
import type { Row } from '../log/interleaved.ts';
import { log } from '../log/strategies/spillway.ts';
import { summaries } from '../log/summary.ts';
import { cellText, sectionMarkdown } from '../table.ts';

/** Write units a second for one `pk` (DynamoDB developer guide, burst and adaptive capacity). */
const PARTITION_WCU_MAX = 1_000;

/** What a put takes on AWS (ms). Assumed: nothing was measured there. */
export const PUT_MS = [5, 10] as const;

/** What one function call takes from the shared queue at most, and how many work at once (serverless.yml). */
export const SHARED_QUEUE = { batch: 1_000, atOnce: 3 };
/** The same for a queue of a route's own (infra/queues.ts). */
export const DEDICATED_QUEUE = { batch: 10, atOnce: 2 };

/** Quotas of an account in a region, a second, as they are without asking for more. */
interface Quotas {
  regions: string;
  /** Deliveries of rules to their targets (EventBridge user guide, quotas). */
  deliveries: number;
  /** Refill of the buckets of StartExecution and of state transitions (Step Functions developer guide, quotas). */
  starts: number;
  transitions: number;
}

const QUOTAS: readonly Quotas[] = [
  {
    ...{ regions: 'us-east-1, us-west-2, eu-west-1' },
    ...{ deliveries: 18_750, starts: 300, transitions: 5_000 },
  },
  {
    ...{ regions: 'us-east-2, eu-central-1' },
    ...{ deliveries: 4_500, starts: 150, transitions: 800 },
  },
  {
    ...{ regions: 'other regions, the least of them' },
    ...{ deliveries: 750, starts: 150, transitions: 800 },
  },
];

const SOURCES = {
  eventBridge: '[EventBridge](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html)',
  stepFunctions: '[Step Functions](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)',
};

/** Events a second in one log, when a put follows the other with `k` events each: the slowest and the fastest put. */
export function putsCeiling(k: number, wcu: number): [low: number, high: number] {
  const [fast, slow] = PUT_MS;
  const most = PARTITION_WCU_MAX / wcu;
  return [Math.min(most, (1_000 / slow) * k), Math.min(most, (1_000 / fast) * k)];
}

/** What one partition can take, and what the whole stack can, with the arithmetic. */
export function ceiling(results: Results, usual: Reckoned): string {
  const sizes = puts(results);
  const most = Math.max(...sizes.map(({ k, wcu }) => putsCeiling(k, wcu)[1]));
  return [onePartition(sizes), wholeStack(usual, most)].filter((part) => part !== '').join('\n\n');
}

/** What an event takes of the log, by how many share a put. */
function puts(results: Results): { k: number; wcu: number }[] {
  const rows = summaries((results.get('hot')?.rows ?? []) as readonly Row[])
    .filter(({ c, strategy }) => c === 1 && strategy === log.name)
    .map(({ k, wcu }) => ({ k, wcu }));
  const backlog = ((results.get('growth')?.rows ?? []) as readonly Grown[]).find(
    ({ grows }) => grows === 'backlog',
  );
  return backlog ? [...rows, { k: backlog.group, wcu: backlog.wcu }] : rows;
}

function onePartition(sizes: readonly { k: number; wcu: number }[]): string {
  if (sizes.length === 0) return '';
  const [fast, slow] = PUT_MS;
  const putsLow = 1_000 / slow;
  const putsHigh = 1_000 / fast;
  return sectionMarkdown({
    title: 'The ceiling of one partition',
    text:
      `A partition's log is one \`pk\`, and DynamoDB takes ${cellText(PARTITION_WCU_MAX)} write units a second for one. And its puts follow one another: ` +
      `if one takes ${fast} to ${slow} ms (an assumption; nothing was measured on AWS), ${putsLow} to ${putsHigh} fit into a second. The lower of the two is the ceiling. ` +
      'More writers do not raise it: they race for the same next record.',
    head: [
      'events in a put',
      'WCU/event',
      'by write units, events/s',
      'by puts, events/s',
      'ceiling, events/s',
    ],
    rows: sizes.map(({ k, wcu }) => [
      k.toLocaleString('en-US'),
      wcu,
      PARTITION_WCU_MAX / wcu,
      spanText([putsLow * k, putsHigh * k]),
      spanText(putsCeiling(k, wcu)),
    ]),
    notes: [],
  }).trim();
}

function wholeStack({ question }: Reckoned, onePartition: number): string {
  const { count, fileBytes } = question.traffic;
  const transitions = (files: number) => question.transitions(unitsOf(files, fileBytes));
  const ends = QUOTAS.map((quotas) =>
    Math.min(quotas.deliveries, quotas.starts * count, (quotas.transitions / transitions(count)) * count),
  );
  const most = Math.max(...ends);
  const outOfReach =
    onePartition > most
      ? ` So the ${cellText(onePartition)} events a second of the table above are out of reach, in batches of ${cellText(count)}, until quotas are raised.`
      : '';
  const section = {
    title: 'The ceiling of the whole stack',
    text:
      'All partitions of an account share what AWS allows it in a region. These are the quotas that accounts begin with ' +
      `(${SOURCES.eventBridge}, ${SOURCES.stepFunctions}; new accounts may have less), in events a second. What exceeds them is delayed, not lost.${outOfReach}`,
    head: ['limit', ...QUOTAS.map(({ regions }) => regions)],
    rows: [
      ['events that EventBridge hands to the queue', ...QUOTAS.map(({ deliveries }) => cellText(deliveries))],
      ...[count, 10 * count].flatMap((files) => [
        [
          `executions started, batches of ${cellText(files)}`,
          ...QUOTAS.map(({ starts }) => product(cellText(starts), files, starts * files)),
        ],
        [
          `state transitions, ${transitions(files)} an execution, batches of ${cellText(files)}`,
          ...QUOTAS.map((quotas) => {
            const each = transitions(files);
            return product(
              `${cellText(quotas.transitions)} ÷ ${each}`,
              files,
              (quotas.transitions / each) * files,
            );
          }),
        ],
      ]),
      [`**the lowest, batches of ${cellText(count)}**`, ...ends.map((value) => `**${cellText(value)}**`)],
    ],
    notes: [],
  };
  return [sectionMarkdown(section, 3).trim(), todo(count)].join('\n\n');
}

function product(of: string, files: number, result: number): string {
  return `${of} × ${cellText(files)} = ${cellText(result)}`;
}

/** What to do as a ceiling comes nearer. */
function todo(count: number): string {
  const [fast, slow] = PUT_MS;
  const { batch, atOnce } = DEDICATED_QUEUE;
  const dedicated = spanText([(1_000 / slow) * batch, (1_000 / fast) * batch]);
  return `What to do as a ceiling comes nearer:

1. **Whole stack:** ask AWS for larger quotas: all three can be raised. Batches larger than ${cellText(count)}, or a pipeline of fewer states, need
   fewer executions and transitions for the same events.
2. **One partition: more events in a put.** The shared queue hands over up to ${cellText(SHARED_QUEUE.batch)} at once, and does so by itself when many
   wait; a longer \`--param=window=5\` gathers more where few do. On a laptop, callers that wait share the next put.
3. **One partition: more partitions.** \`prefix: partners/{partner}/\` or a prefix per hour instead of \`partners/\`. Each value has a log,
   a ceiling and windows of its own.
4. **Keep a flood away from the others** with \`queue: dedicated\`, or give one to the route that must be quick. Each call of its
   ${atOnce} functions takes ${batch} events, so it takes ${dedicated} a second: the hottest route of all stays on the shared queue.`;
}

function spanText([low, high]: readonly [number, number]): string {
  return low === high ? cellText(low) : `${cellText(low)} to ${cellText(high)}`;
}
