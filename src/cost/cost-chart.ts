import type { LineChart, LineSeries } from '../chart/line-chart.ts';
import { durationText } from '../routes/quantities.ts';
import { type CostQuestion, type Costs, costsOf } from './costs.ts';
import { originOf } from './origin.ts';
import type { PriceTable } from './prices.ts';
import { arrivalOf, type Traffic } from './traffic.ts';

/** Batch sizes that are drawn. */
const COUNTS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];
const GRID = [1, 10, 100, 1_000, 10_000];
const MILLION = 1e6;

/** A better one of its kind is drawn. */
const LEFT_OUT = 'a transaction per event';

/** Lines that are nowhere further apart than this part of the cost are drawn as one. */
const SAME = 0.03;

const DOLLARS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** What a million files cost against the count that closes a window, by every way, as data for a chart. */
export function costChart(question: CostQuestion, table: PriceTable): LineChart {
  const { traffic } = question;
  const all = COUNTS.map((count) => ({
    count,
    costs: costsOf({ ...question, traffic: { ...traffic, count } }, table),
  }));
  const lines = new Map<string, [number, number][]>();
  for (const { count, costs } of all) {
    for (const { name, total } of costs.ways) {
      if (total <= 0 || name === LEFT_OUT) continue;
      const points = lines.get(name) ?? [];
      points.push([count, (total / traffic.files) * MILLION]);
      lines.set(name, points);
    }
  }
  const sign = table.currency === 'USD' ? '$' : `${table.currency} `;
  const money = (value: number) => `${sign}${DOLLARS.format(value)}`;
  return {
    title: 'What a million files cost, by the size of a batch',
    subtitle: subtitleOf(question, table, sign, all.at(-1)?.costs),
    x: { label: 'events that close a window', scale: 'log', ticks: GRID },
    y: { label: `${sign.trim()} per million files`, scale: 'log', format: money },
    series: joined([...lines].map(([name, points]) => ({ name, points }))).map((line, index) => ({
      ...line,
      emphasis: index === 0,
    })),
  };
}

/** Lines that would lie on another are drawn once, with both names. */
function joined(lines: readonly LineSeries[]): LineSeries[] {
  const drawn: LineSeries[] = [];
  for (const line of lines) {
    const at = drawn.findIndex((other, index) => index > 0 && isSame(other, line));
    const other = drawn[at];
    if (other === undefined) drawn.push(line);
    else drawn[at] = { ...other, name: `${other.name}, or ${line.name}` };
  }
  return drawn;
}

function isSame(one: LineSeries, other: LineSeries): boolean {
  return (
    one.points.length === other.points.length &&
    one.points.every(([, cost], index) => Math.abs((other.points[index]?.[1] ?? 0) / cost - 1) <= SAME)
  );
}

/** @param largest costs at the largest count that is drawn */
function subtitleOf(
  { traffic, freeTier }: CostQuestion,
  table: PriceTable,
  sign: string,
  largest: Costs | undefined,
): string {
  const standing = `${sign}${(largest?.ways[0]?.standing ?? 0).toFixed(2)}`;
  return (
    `${traffic.files.toLocaleString('en')} files, ${arrivalOf(traffic)}, with the pipeline. ` +
    `Not in the lines: Spillway's ${standing} a month, however few files come. ${capOf(traffic, largest)}` +
    `${originOf(table)}, ${freeTier ? 'free tier taken off' : 'without free tier'}.`
  );
}

/** Windows that close before they are full, for lack of time. */
function capOf({ windowMs, quietMs }: Traffic, largest: Costs | undefined): string {
  const size = largest?.flow.batchSize ?? 0;
  if (size >= (COUNTS.at(-1) ?? 0)) return '';
  const events = Math.round(size).toLocaleString('en');
  const quiet = quietMs === null ? '' : `, quiet ${durationText(quietMs)}`;
  return `No window gets more than ${events} events (time limit ${durationText(windowMs)}${quiet}). `;
}
