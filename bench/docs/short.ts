import { type Reckoned, reckon } from '../../src/cli/costing.ts';
import { amountText } from '../../src/cli/views/costs.ts';
import type { Results } from '../figures/figures.ts';
import type { LateRow } from '../lateness/lateness.ts';
import type { Row } from '../log/interleaved.ts';
import { p99, quantile } from '../log/statistics.ts';
import { everythingWritten, log } from '../log/strategies/spillway.ts';
import { transactionPerGroup } from '../log/strategies/transactions.ts';
import { perSecond, ratio, summaries } from '../log/summary.ts';
import { cellText } from '../table.ts';
import { PUT_MS, putsCeiling } from './ceiling.ts';
import { columnOf, tableOf } from './found-table.ts';
import { lateRows } from './late-rows.ts';

/** The three figures that matter to a user, for README.md. */
export function inReadme(results: Results, usual: Reckoned): string {
  return tableWith([...exactness(results), ...cost(usual), ...lateness(results)], results);
}

/** The same and how fast it is, for the head of docs/performance.md. */
export function short(results: Results, usual: Reckoned): string {
  const lines = [exactness(results), cost(usual), lateness(results), speed(results), laptop(results)];
  return tableWith(lines.flat(), results);
}

function tableWith(lines: readonly string[], results: Results): string {
  const exact = results.get('exact');
  const where =
    exact === undefined
      ? []
      : [
          '',
          `Measured on ${exact.machine.cores} cores of a server that others use too, against ${exact.engine ?? 'a local table'} and an emulator. Nothing was measured on AWS.`,
        ];
  return ['| | | |', '|---|--:|---|', ...lines, ...where].join('\n');
}

/** The text with what stands between its markers replaced. */
export function withFigures(text: string, figures: string): string {
  return text.replace(
    /(<!-- figures -->\n)[\s\S]*?(<!-- end -->)/,
    (_, begin: string, end: string) => `${begin}\n${figures}\n\n${end}`,
  );
}

/** `spillway cost` for a million files, 100 at a time. */
export function usualCost(): Promise<Reckoned> {
  return reckon(
    {
      ...{ color: 'never', files: 1_000_000, over: 30 * 86_400_000, burst: 100, size: 50_000 },
      ...{ partitions: 1, count: 100, window: 3_600_000, failed: 1, architecture: 'arm64' },
    },
    0,
  );
}

function exactness(results: Results): string[] {
  const rows = ((results.get('exact')?.rows ?? []) as readonly Row[]).filter(({ strategy }) =>
    strategy.startsWith(log.name),
  );
  if (rows.length === 0) return [];
  const sum = (pick: (row: Row) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const wrong = sum(({ tally }) => tally.lost + tally.doubled + tally.wrongSized);
  const again = (100 * sum(({ redelivered }) => redelivered)) / sum(({ deliveries }) => deliveries);
  const writers = Math.max(...rows.map(({ c }) => c));
  return [
    `| **exact** | ${cellText(wrong)} of ${cellText(sum(({ events }) => events))} | events were lost, counted twice or put into a batch of another size, ` +
      `by 1 to ${writers} writers, with ${again.toFixed(1)} % of the deliveries repeated and ${cellText(sum(({ died }) => died))} processes killed |`,
  ];
}

function cost({ costs: { ways } }: Reckoned): string[] {
  const [ours] = ways;
  const single = ways.find(({ name }) => name === 'one execution per file');
  const rival = ways.find(({ name }) => name === 'transactions of up to 99 events');
  const express = ways.find(({ name }) => name === 'one Express execution per file');
  if (!ours || !single || !rival) return [];
  const dollars = (value: number) => `$${amountText(value)}`;
  const whole = ({ total, standing }: typeof ours) => `${dollars(total)} + ${dollars(standing)} a month`;
  return [
    `| **cheap** | ${whole(ours)} | for a million files in batches of 100: the whole AWS bill at list prices, from S3's events to the shipped pipeline, and what the stack costs without any file. ` +
      `Counting is ${dollars(ours.services.DynamoDB)} of it. With the strongest exact rival, ${rival.name}, counting is ${dollars(rival.services.DynamoDB)}, and all ${whole(rival)}. ` +
      `An execution for each file: ${dollars(single.total)}${express ? `, as Express ${dollars(express.total)}` : ''} |`,
  ];
}

function lateness(results: Results): string[] {
  const { laptop, aws } = lateRows(results);
  const [idle] = laptop;
  if (!idle) return [];
  const all = [...laptop, ...aws];
  const shown = all.map((row) => `${row.server} ${middle(row)} (${worst(row)})`).join('; ');
  const early = all.reduce((sum, row) => sum + row.early, 0);
  const windows = all.reduce((sum, { late }) => sum + late.length, 0);
  const onAws = aws.map((row) => quantile(row.late, 0.5) ?? 0);
  const span = [...new Set([Math.min(...onAws), Math.max(...onAws)])].map(cellText).join(' to ');
  const emulator =
    aws.length === 0 ? '' : ' An emulator that is not woken looks at its queues once a second.';
  return [
    `| **on time** | ${middle(idle)}${aws.length === 0 ? '' : `; emulated AWS ${span} ms`} | after its deadline a window closes, by the median: ${shown}.${emulator} ${cellText(early)} of ${cellText(windows)} windows closed early |`,
  ];
}

function middle({ late }: LateRow): string {
  return `${cellText(quantile(late, 0.5))} ms`;
}

/** Of few windows there is no 99th percentile. */
function worst({ late }: LateRow): string {
  const most = p99(late);
  return most === null ? `longest ${cellText(quantile(late, 1))} ms` : `p99 ${cellText(most)} ms`;
}

function speed(results: Results): string[] {
  const hot = results.get('hot');
  const rows = (hot?.rows ?? []) as readonly Row[];
  const one = summaries(rows).filter(({ k, c }) => k === 100 && c === 1);
  const found = one.find(({ strategy }) => strategy === everythingWritten.name);
  const alone = one.find(({ strategy }) => strategy === log.name);
  const times = found && ratio(rows, found, transactionPerGroup.name, perSecond);
  if (!found || !alone || !times) return [];
  const [low, high] = putsCeiling(found.k, alone.wcu);
  return [
    `| **fast** | ${cellText(found.perSecond)} | events a second in one partition, by one writer, ${found.k} in a request, with all that the product writes, on ${hot?.engine ?? 'a local table'} on this machine: ` +
      `${cellText(times)} times as many as "${transactionPerGroup.name}". On AWS ${cellText(low)} to ${cellText(high)} at most, if a put takes ${PUT_MS.join(' to ')} ms there |`,
  ];
}

function laptop(results: Results): string[] {
  const server = results.get('server');
  const rates = columnOf(tableOf(server, 'Files dropped'), 'files/s').filter(
    (rate) => typeof rate === 'number',
  );
  if (!server || rates.length === 0) return [];
  return [
    `| **local** | ${cellText(Math.min(...rates))} | files a second, at least, from the folder to started executions: files of one byte, a pipeline of one state, client and server on the same ${server.machine.cores} cores |`,
  ];
}
