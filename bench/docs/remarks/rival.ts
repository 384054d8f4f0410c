import type { Cell } from '../../bench.ts';
import type { Results } from '../../figures/figures.ts';
import { type Case, rangeOf } from '../../figures/rounds.ts';
import type { Row } from '../../log/interleaved.ts';
import { median } from '../../log/statistics.ts';
import { everythingWritten, logShared } from '../../log/strategies/spillway.ts';
import { transactionPerGroup } from '../../log/strategies/transactions.ts';
import { dollarsOf, perSecond, ratios } from '../../log/summary.ts';
import { cellText, sectionMarkdown } from '../../table.ts';
import { DEDICATED_QUEUE, SHARED_QUEUE } from '../ceiling.ts';

/** How a strategy stands to the strongest exact rival, in the cases of one kind: each the median of its rounds. */
interface Standing {
  where: string;
  callers: string;
  strategy: string;
  /** Times as many events a second. */
  faster: number[];
  /** Times cheaper. */
  cheaper: number[];
}

const RIVAL = transactionPerGroup.name;

/** Where the log stands beside the strongest exact rival, and what follows where it is the slower one. */
export function rivalRemark(results: Results): string {
  const standings = ['hot', 'spread'].flatMap((name) =>
    standingsIn((results.get(name)?.rows ?? []) as readonly Row[]),
  );
  if (standings.length === 0) return '';
  const apart = standings.findLast(
    ({ callers, strategy, where }) =>
      strategy === everythingWritten.name && callers.includes('processes') && where.includes('prefixes'),
  );
  return [table(standings), apart && racing(apart)].filter(Boolean).join('\n\n');
}

function standingsIn(rows: readonly Row[]): Standing[] {
  const [first] = rows;
  if (first === undefined) return [];
  const where = first.prefixes === 1 ? 'one hot route' : `${first.prefixes} prefixes`;
  const several = [...new Set(rows.map(({ c }) => c))].filter((c) => c > 1);
  const span = several.length === 0 ? '' : rangeOf(several).join(' to ');
  const kinds: [callers: string, strategy: string, c: number[]][] = [
    ['one', everythingWritten.name, [1]],
    [`${span} processes`, everythingWritten.name, several],
    [`${span} in one process`, logShared.name, several],
  ];
  return kinds
    .map(([callers, strategy, c]) => {
      const cases = casesOf(rows, strategy).filter((each) => c.includes(each.c));
      return {
        ...{ where, callers, strategy },
        faster: cases.flatMap((each) => middle(ratios(rows, each, RIVAL, perSecond))),
        cheaper: cases.flatMap((each) =>
          middle(ratios(rows, { ...each, strategy: RIVAL }, strategy, dollarsOf)),
        ),
      };
    })
    .filter(({ faster, cheaper }) => faster.length > 0 && cheaper.length > 0);
}

function casesOf(rows: readonly Row[], strategy: string): Case[] {
  const own = rows.filter((row) => row.strategy === strategy);
  return [...new Map(own.map(({ k, c }) => [`${k} ${c}`, { k, c, strategy }])).values()];
}

function middle(values: number[]): number[] {
  return values.length === 0 ? [] : [median(values)];
}

function table(standings: readonly Standing[]): string {
  const times = (values: readonly number[]) => [...new Set(rangeOf(values).map(cellText))].join(' to ');
  return sectionMarkdown(
    {
      title: `Beside "${RIVAL}"`,
      text: 'How the log compares with the strongest exact rival, in events a second and in price: the least and the greatest ratio over all sizes of micro-batches and numbers of callers.',
      head: ['events of', 'callers', 'ours', 'times as fast', 'slower in', 'times cheaper'],
      rows: standings.map(({ where, callers, strategy, faster, cheaper }): Cell[] => [
        ...[where, callers, strategy, times(faster)],
        `${slowerIn(faster)} of ${faster.length} cases`,
        times(cheaper),
      ]),
      notes: [],
    },
    3,
  ).trim();
}

/** Several processes on many partitions. */
function racing({ faster, cheaper }: Standing): string {
  const slower = slowerIn(faster);
  const [least] = rangeOf(faster);
  const [cheap] = rangeOf(cheaper);
  const price =
    cheap >= 1 ? `It is still at least ${cellText(cheap)} times cheaper.` : 'Nor is it always cheaper.';
  const speed =
    slower === 0
      ? 'Here it is nowhere slower than transactions.'
      : `The log is then slower than transactions in ${slower} of ${faster.length} cases, down to ${cellText(least)} times their events a second. ${price}`;
  return (
    `**Spread over many prefixes**, a put holds only what a micro-batch has for one of them, and several processes that share the prefixes race for the same logs. ` +
    `${speed} (On AWS transactions that collide are cancelled, which DynamoDB Local does not do.) That is why few functions read a queue: ${SHARED_QUEUE.atOnce} the shared one, ${DEDICATED_QUEUE.atOnce} one of a route's own.`
  );
}

function slowerIn(faster: readonly number[]): number {
  return faster.filter((times) => times < 1).length;
}
