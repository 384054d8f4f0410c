import { lineChart } from '../src/chart/line-chart.ts';
import type { CostOptions } from '../src/cli/commands/cost.ts';
import { type Reckoned, reckon } from '../src/cli/costing.ts';
import { amountText, premisesOf } from '../src/cli/views/costs.ts';
import { SERVICES } from '../src/cost/bill.ts';
import { costChart } from '../src/cost/cost-chart.ts';
import { PRICE_NAMES } from '../src/cost/prices.ts';

/** What docs/costs.md and README.md show of `spillway cost`: each block by the name in its marker. */

const DAY_MS = 86_400_000;

const ASKED: CostOptions = {
  color: 'never',
  files: 1_000_000,
  over: 30 * DAY_MS,
  burst: 100,
  size: 50_000,
  partitions: 1,
  count: 100,
  window: 3_600_000,
  failed: 1,
  architecture: 'arm64',
};

/** What moves the cost, each against the first. */
const CASES: { what: string; asked: Partial<CostOptions> }[] = [
  { what: '100 files at a time, windows of 100', asked: {} },
  { what: 'one file at a time', asked: { burst: 1 } },
  { what: '1,000 files at a time', asked: { burst: 1_000 } },
  { what: 'windows of 10', asked: { count: 10 } },
  { what: 'windows of 1,000', asked: { count: 1_000 } },
  { what: '20 files at a time, quiet: 30s', asked: { quiet: 30_000, burst: 20 } },
  { what: '1,000 partitions, one file at a time', asked: { partitions: 1_000, burst: 1 } },
  {
    what: '1,000 partitions, one file at a time, windows of a day',
    asked: { partitions: 1_000, burst: 1, window: DAY_MS },
  },
  { what: '100 million files, 1,000 at a time', asked: { files: 1e8, burst: 1_000 } },
];

export async function blocks(): Promise<Record<string, string>> {
  const usual = await reckon(ASKED, 0);
  const single = await reckon({ ...ASKED, burst: 1 }, 0);
  const empty = await reckon({ ...ASKED, files: 0 }, 0);
  return {
    premises: `${premisesOf(usual)}`,
    summary: summary(usual, single),
    comparison: comparison(usual, single),
    ways: notes(usual),
    bill: bill(usual),
    standing: standing(empty),
    moves: await moves(),
    prices: prices(usual),
  };
}

export async function chart(): Promise<string> {
  const { question, table } = await reckon(ASKED, 0);
  return lineChart(costChart(question, table));
}

/** The text with each known block between its markers replaced. */
export function filled(text: string, all: Record<string, string>): string {
  return text.replace(
    /(<!-- costs: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, begin: string, name: string, end: string) => {
      const block = all[name];
      return block === undefined ? whole : `${begin}\n${block}\n\n${end}`;
    },
  );
}

/** Both kinds of arrival for ours, then the others. */
function bothOf(usual: Reckoned, single: Reckoned) {
  const [ours, ...others] = usual.costs.ways;
  const [alone] = single.costs.ways;
  if (ours === undefined || alone === undefined) throw new TypeError('Nothing was reckoned.');
  return [
    { ...ours, name: '**Spillway**, 100 files at a time' },
    { ...alone, name: '**Spillway**, one file at a time' },
    ...others,
  ];
}

function summary(usual: Reckoned, single: Reckoned): string {
  const rows = bothOf(usual, single).map(({ name, total, standing, not }) => [
    name,
    amountText(total),
    amountText(standing),
    not,
  ]);
  return markdown(['', '$ per million files', '$ a month besides', ''], rows);
}

function comparison(usual: Reckoned, single: Reckoned): string {
  const rows = bothOf(usual, single).map(({ name, services, total, standing }) => [
    name,
    ...SERVICES.map((service) => amountText(services[service])),
    `**${amountText(total)}**`,
    amountText(standing),
  ]);
  return markdown(['$ per million files', ...SERVICES, 'total', 'besides, a month'], rows);
}

function notes({ costs }: Reckoned): string {
  const told = costs.ways.filter(({ not }) => not !== '');
  return told.map(({ name, not }) => `- **${name}**: ${not}.`).join('\n');
}

function bill({ costs: { ours } }: Reckoned): string {
  return linesOf(ours.files.filter(({ quantity }) => quantity > 0));
}

function standing({ costs: { ours } }: Reckoned): string {
  return linesOf(ours.standing);
}

function linesOf(lines: Reckoned['costs']['ours']['files']): string {
  const rows = lines.map(({ service, what, quantity, cost }) => [
    service,
    what,
    quantityText(quantity),
    cents(cost),
  ]);
  const total = lines.reduce((sum, { cost }) => sum + cost, 0);
  return markdown(['', 'what', 'quantity', '$'], [...rows, ['**total**', '', '', `**${cents(total)}**`]]);
}

async function moves(): Promise<string> {
  const rows = await Promise.all(
    CASES.map(async ({ what, asked }) => {
      const { costs, question } = await reckon({ ...ASKED, ...asked }, 0);
      const [ours] = costs.ways;
      const million = question.traffic.files / 1e6;
      return [
        what,
        quantityText(costs.flow.batches / million),
        quantityText(costs.flow.batchSize),
        amountText((ours?.total ?? 0) / million),
        amountText((ours?.services.DynamoDB ?? 0) / million),
        amountText(ours?.standing ?? 0),
      ];
    }),
  );
  return markdown(
    [
      '',
      'batches per million files',
      'events in each',
      '$ per million files',
      'of it DynamoDB',
      '$ a month besides',
    ],
    rows,
  );
}

function prices({ table }: Reckoned): string {
  const rows = PRICE_NAMES.map((name) => {
    const { price, per, unit, free, source, seen, secondHand } = table.prices[name];
    const from = source.startsWith('http') ? `[${new URL(source).host}](${source})` : source;
    return [
      `\`${name}\``,
      `${price} for ${per === 1 ? 'one' : per.toLocaleString('en')}`,
      unit,
      free === 0 ? '' : free.toLocaleString('en'),
      `${from}, ${seen}${secondHand ? ', second-hand' : ''}`,
    ];
  });
  return markdown(['name', '$', 'unit', 'free a month', 'from'], rows);
}

function quantityText(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value < 1 ? 2 : 3 });
}

function cents(value: number): string {
  return value < 0.0005 && value > 0 ? '<0.001' : value.toFixed(3);
}

function markdown(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (isNumber(rows[0]?.[column] ?? '') ? '--:' : '---'));
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

function isNumber(text: string): boolean {
  return /^[*<]*[\d,.]+\**$/.test(text);
}
