import type { Line } from '../../cost/bill.ts';
import type { WayCost } from '../../cost/costs.ts';
import { originOf } from '../../cost/origin.ts';
import { arrivalOf } from '../../cost/traffic.ts';
import { durationText } from '../../routes/quantities.ts';
import type { Reckoned } from '../costing.ts';
import type { Printer } from '../printer.ts';
import type { Column } from '../text/table.ts';

const DAY_MS = 86_400_000;

/** A line of the bill, and why it is there. */
interface BillLine extends Line {
  part: 'files' | 'standing';
}

/** Prints the comparison, or with `lines` every line of our own bill. */
export function printCosts(printer: Printer, reckoned: Reckoned, lines: boolean): void {
  const { costs, table } = reckoned;
  const bill: BillLine[] = [
    ...costs.ours.files.map((line) => ({ ...line, part: 'files' as const })),
    ...costs.ours.standing.map((line) => ({ ...line, part: 'standing' as const })),
  ];
  if (printer.json) {
    printer.document(documentOf(reckoned, bill));
    return;
  }
  printer.talk(premisesOf(reckoned));
  if (lines) {
    printer.rows(bill, lineColumns(reckoned));
    return;
  }
  printer.rows(costs.ways, wayColumns(table.currency));
  for (const way of costs.ways) if (way.not !== '') printer.talk(['bold', way.name], `: ${noteOf(way)}`);
}

/** What a way does not do, and what its price rests on. */
export function noteOf({ not, counted }: WayCost): string {
  return counted === '' ? `${not}.` : `${not}. Counted here: ${counted}.`;
}

/** What was reckoned with, and what costs besides. */
export function premisesOf({ question: { traffic, freeTier }, costs, table }: Reckoned): string {
  const { files, overMs } = traffic;
  const over = overMs < DAY_MS ? durationText(overMs) : `${Math.round((overMs / DAY_MS) * 10) / 10} days`;
  const { batches, batchSize } = costs.flow;
  const prices = `${originOf(table)}, ${freeTier ? 'free tier taken off' : 'without free tier'}.`;
  if (files === 0) return `No files in ${over}. ${prices}`;
  const size = batchSize.toLocaleString('en', { maximumFractionDigits: 1 });
  const standing = amountText(costs.ways[0]?.standing ?? 0);
  return (
    `${counted(files, 'file', 'files')} in ${over}, ${arrivalOf(traffic)}: ` +
    `${counted(batches, 'batch', 'batches')} of ${size}. ` +
    `${prices} Besides, Spillway costs ${standing} a month, however few files come.`
  );
}

function wayColumns(currency: string): Column<WayCost>[] {
  const money = (title: string, rank: number, value: (way: WayCost) => number): Column<WayCost> => ({
    title,
    value: (way) => exact(value(way)),
    show: (way) => amountText(value(way)),
    align: 'right',
    rank,
  });
  return [
    { title: 'WAY', value: ({ name }) => name, rank: 0, shrinkTo: 20, style: boldFirst },
    { ...money(`TOTAL ${currency}`, 0, ({ total }) => total), style: boldFirst },
    money('EVENTBRIDGE', 6, ({ services }) => services.EventBridge),
    money('SQS', 5, ({ services }) => services.SQS),
    money('LAMBDA', 4, ({ services }) => services.Lambda),
    money('DYNAMODB', 2, ({ services }) => services.DynamoDB),
    money('STEP FUNCTIONS', 3, ({ services }) => services['Step Functions']),
    money('OTHER', 8, ({ services }) => services.other),
    money('STEPS', 7, ({ services }) => services.steps),
    money('STANDING A MONTH', 1, ({ standing }) => standing),
  ];
}

const boldFirst = ({ name }: WayCost) => (name === 'Spillway' ? ('bold' as const) : undefined);

function lineColumns({ table }: Reckoned): Column<BillLine>[] {
  return [
    { title: 'FOR', value: ({ part }) => part, rank: 1 },
    { title: 'SERVICE', value: ({ service }) => service, rank: 0 },
    { title: 'WHAT', value: ({ what }) => what, rank: 0, shrinkTo: 12 },
    {
      title: 'QUANTITY',
      value: ({ quantity }) => exact(quantity),
      show: ({ quantity }) => quantity.toLocaleString('en', { maximumSignificantDigits: 3 }),
      align: 'right',
      rank: 1,
    },
    {
      title: 'PRICE',
      value: ({ price }) => `${table.prices[price].price} / ${table.prices[price].per}`,
      rank: 2,
    },
    {
      title: table.currency,
      value: ({ cost }) => exact(cost),
      show: ({ cost }) => amountText(cost),
      align: 'right',
      rank: 0,
    },
  ];
}

function documentOf({ question, table, costs }: Reckoned, lines: BillLine[]) {
  const { traffic, parts, architecture, freeTier } = question;
  const { region, currency, prices, figures } = table;
  const { flow, ways } = costs;
  return {
    schemaVersion: 1,
    region,
    currency,
    freeTier,
    architecture,
    traffic,
    parts,
    batches: flow.batches,
    batchSize: flow.batchSize,
    ways,
    lines: lines.map((line) => ({ ...line, unit: prices[line.price].unit })),
    prices,
    figures,
  };
}

function counted(value: number, one: string, many: string): string {
  const whole = Math.round(value);
  return `${whole.toLocaleString('en')} ${whole === 1 ? one : many}`;
}

/** Cents; what is less than one, but not nothing, is said to be. */
export function amountText(value: number): string {
  if (value > 0 && value < 0.005) return '<0.01';
  return value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function exact(value: number): string {
  return String(Number(value.toPrecision(6)));
}
