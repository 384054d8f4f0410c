import { type Reckoned, reckon } from '../../src/cli/costing.ts';
import { amountText } from '../../src/cli/views/costs.ts';
import type { Results } from '../figures/figures.ts';
import type { LateRow } from '../lateness/lateness.ts';
import type { Row } from '../log/interleaved.ts';
import { log } from '../log/strategies/spillway.ts';
import { transactionPerGroup } from '../log/strategies/transactions.ts';
import { perSecond, ratio, summaries } from '../log/summary.ts';
import { quantile } from '../server/figures.ts';
import { cellText } from '../table.ts';
import { columnOf, tableOf } from './found-table.ts';

/** The figures that matter to a user, for README.md and the head of docs/performance.md. */
export function short(results: Results, usual: Reckoned): string {
  const lines = [exactness(results), cost(usual), lateness(results), speed(results), laptop(results)];
  return ['| | | |', '|---|--:|---|', ...lines.flat()].join('\n');
}

/** The text with what stands between its markers replaced. */
export function withShort(text: string, inShort: string): string {
  return text.replace(
    /(<!-- figures -->\n)[\s\S]*?(<!-- end -->)/,
    (_, begin: string, end: string) => `${begin}\n${inShort}\n\n${end}`,
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
  const killed = sum(({ died }) => died).toLocaleString('en-US');
  return [
    `| **exact** | ${cellText(wrong)} of ${cellText(sum(({ events }) => events))} | events lost, counted twice or in a batch of another size; up to 16 writers, 2 % delivered again, ${killed} processes killed |`,
  ];
}

function cost({ costs: { ways } }: Reckoned): string[] {
  const [ours] = ways;
  const single = ways.find(({ name }) => name === 'one execution per file');
  const event = ways.find(({ name }) => name === 'a transaction per event');
  if (!ours || !single || !event) return [];
  return [
    `| **cheap** | $${amountText(ours.total)} | for a million files, 100 at a time, the whole bill at list prices, $${amountText(ours.services.DynamoDB)} of it for counting; an execution for each file costs $${amountText(single.total)}, counting with a transaction per event $${amountText(event.services.DynamoDB)} |`,
  ];
}

function lateness(results: Results): string[] {
  const [idle, busy] = (results.get('lateness')?.rows ?? []) as readonly LateRow[];
  if (!idle || !busy) return [];
  const at = ({ late }: LateRow, share: number) => `${cellText(quantile(late, share))} ms`;
  return [
    `| **on time** | ${at(idle, 0.5)} | after its deadline a window closes, ${at(idle, 0.99)} at the 99th percentile; ${at(busy, 0.5)} and ${at(busy, 0.99)} while ${busy.server} arrive; ${idle.early + busy.early} of ${cellText(idle.late.length + busy.late.length)} early |`,
  ];
}

function speed(results: Results): string[] {
  const rows = (results.get('hot')?.rows ?? []) as readonly Row[];
  const found = summaries(rows).find(({ k, c, strategy }) => k === 100 && c === 1 && strategy === log.name);
  const times = found && ratio(rows, found, transactionPerGroup.name, perSecond);
  if (!found || !times) return [];
  return [
    `| **fast** | ${cellText(found.perSecond)} | events a second in one partition by one writer, a hundred at a time: ${cellText(times)} times the next exact way |`,
  ];
}

function laptop(results: Results): string[] {
  const rates = columnOf(tableOf(results.get('server'), 'Files dropped'), 'files/s').filter(
    (rate) => typeof rate === 'number',
  );
  if (rates.length === 0) return [];
  return [
    `| **local** | ${cellText(Math.min(...rates))} | files a second, at least, from a folder to started executions on a laptop with two cores |`,
  ];
}
