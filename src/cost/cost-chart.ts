import type { LineChart, LineSeries } from '../chart/line-chart.ts';
import { type CostQuestion, costsOf } from './costs.ts';
import type { PriceTable } from './prices.ts';

/** Batch sizes that are drawn. */
const COUNTS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];
const GRID = [1, 10, 100, 1_000, 10_000];
const MILLION = 1e6;

/** Ways whose line would lie on another's: theirs is drawn alone. */
const LEFT_OUT = ['transactions of up to 99 events', 'SQS batching into a function'];

const DOLLARS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** What a million files cost against the count that closes a window, by every way, as data for a chart. */
export function costChart(question: CostQuestion, table: PriceTable): LineChart {
  const { traffic } = question;
  const lines = new Map<string, [number, number][]>();
  for (const count of COUNTS) {
    const { ways } = costsOf({ ...question, traffic: { ...traffic, count } }, table);
    for (const { name, total } of ways) {
      if (total <= 0 || LEFT_OUT.includes(name)) continue;
      const points = lines.get(name) ?? [];
      points.push([count, (total / traffic.files) * MILLION]);
      lines.set(name, points);
    }
  }
  const sign = table.currency === 'USD' ? '$' : `${table.currency} `;
  return {
    title: 'What a million files cost, by the size of a batch',
    subtitle: subtitleOf(question, table),
    x: { label: 'events that close a window', scale: 'log', ticks: GRID },
    y: {
      label: `${sign.trim()} per million files`,
      scale: 'log',
      format: (value) => `${sign}${DOLLARS.format(value)}`,
    },
    series: [...lines].map(([name, points], index): LineSeries => ({ name, points, emphasis: index === 0 })),
  };
}

function subtitleOf({ traffic, freeTier }: CostQuestion, { region, prices }: PriceTable): string {
  const seen = Object.values(prices)
    .map((price) => price.seen)
    .toSorted()
    .at(-1);
  const free = freeTier ? 'free tier taken off' : 'without free tier';
  return (
    `Pipeline included, standing cost not. ${traffic.files.toLocaleString('en')} files that come ` +
    `${traffic.burst === 1 ? 'one at a time' : `${traffic.burst.toLocaleString('en')} at a time`}; ` +
    `prices of ${region}, ${seen}, ${free}.`
  );
}
