import { lineChart } from '../src/chart/line-chart.ts';
import type { CostOptions } from '../src/cli/commands/cost.ts';
import { type Reckoned, reckon } from '../src/cli/costing.ts';
import { amountText, noteOf, premisesOf } from '../src/cli/views/costs.ts';
import { SERVICES } from '../src/cost/bill.ts';
import { costChart } from '../src/cost/cost-chart.ts';
import type { WayCost } from '../src/cost/costs.ts';
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
  { what: 'bursts of 100, windows of 100', asked: {} },
  { what: 'arriving one by one', asked: { burst: 1 } },
  { what: 'bursts of 1,000', asked: { burst: 1_000 } },
  { what: 'windows of 10', asked: { count: 10 } },
  { what: 'windows of 1,000', asked: { count: 1_000 } },
  { what: 'bursts of 20, `quiet: 30s`', asked: { quiet: 30_000, burst: 20 } },
  { what: '1,000 partitions, one by one', asked: { partitions: 1_000, burst: 1 } },
  {
    what: '1,000 partitions, one by one, windows of a day',
    asked: { partitions: 1_000, burst: 1, window: DAY_MS },
  },
  { what: '100 million files, bursts of 1,000', asked: { files: 1e8, burst: 1_000 } },
];

/** Ways that README.md leaves to docs/costs.md: a better one of the same kind is there. */
const LEFT_TO_DOCS = ['a transaction per event'];

export async function blocks(): Promise<Record<string, string>> {
  const usual = await reckon(ASKED, 0);
  const single = await reckon({ ...ASKED, burst: 1 }, 0);
  const empty = await reckon({ ...ASKED, files: 0 }, 0);
  return {
    premises: premisesOf(usual),
    summary: `${summary(usual, single)}\n\n${evenly(usual)}`,
    totals: totals(usual, single),
    even: evenly(usual),
    bursts: comparison(usual),
    single: comparison(single),
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

const TOTALS = ['', '$ per million files, in bursts of 100', 'one by one', '$ a month besides'];

function totals(usual: Reckoned, single: Reckoned): string {
  return markdown(
    TOTALS,
    bothOf(usual, single).map(({ cells }) => cells),
  );
}

function summary(usual: Reckoned, single: Reckoned): string {
  const rows = bothOf(usual, single).filter(({ way }) => !LEFT_TO_DOCS.includes(way.name));
  return markdown(
    [...TOTALS, ''],
    rows.map(({ cells, way }) => [...cells, way.not]),
  );
}

/** What each way costs with both kinds of arrival. */
function bothOf(usual: Reckoned, single: Reckoned) {
  return usual.costs.ways.map((way) => {
    const alone = single.costs.ways.find(({ name }) => name === way.name);
    if (alone === undefined) throw new TypeError(`Nothing was reckoned for ${way.name}.`);
    const amounts = [way.total, alone.total, way.standing].map(amountText);
    return { way, cells: [nameOf(way), ...amounts] };
  });
}

/** From how many files on the standing cost is made up for. */
function evenly({ costs: { ways } }: Reckoned): string {
  const [ours, ...others] = ways;
  if (ours === undefined) throw new TypeError('Nothing was reckoned.');
  const { total, standing } = ours;
  const from = (name: string) => {
    const other = others.find((way) => way.name === name);
    const files = (1e6 * standing) / ((other?.total ?? 0) - total);
    return files.toLocaleString('en', { maximumSignificantDigits: 2 });
  };
  const cheaper = others.filter((way) => way.total <= total && way.standing <= standing);
  return [
    `A million files in a month, in bursts of 100, cost $${amountText(total)} with Spillway,`,
    `and its $${amountText(standing)} a month besides: $${amountText(total + standing)} in all.`,
    `One execution per file is cheaper below about ${from('one execution per file')} files a month,`,
    `one Express execution per file below about ${from('one Express execution per file')}.`,
    `In batches of 100, ${cheaper.map(({ name }) => name).join(' and ')} cost less with any number of files, and do less.`,
  ].join(' ');
}

function nameOf({ name }: WayCost): string {
  return name === 'Spillway' ? '**Spillway**' : name;
}

function comparison({ costs: { ways } }: Reckoned): string {
  const rows = ways.map((way) => [
    nameOf(way),
    ...SERVICES.map((service) => amountText(way.services[service])),
    `**${amountText(way.total)}**`,
    amountText(way.standing),
  ]);
  return markdown(['$ per million files', ...SERVICES, 'total', '$ a month besides'], rows);
}

function notes({ costs }: Reckoned): string {
  const told = costs.ways.filter(({ not }) => not !== '');
  return told.map((way) => `- **${way.name}**: ${noteOf(way)}`).join('\n');
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
      'what differs from the first row',
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
