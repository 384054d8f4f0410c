import * as z from 'zod';
import { readDocument } from '../routes/document.ts';
import { findingsOf } from '../routes/findings.ts';
import { type Finding, type Problem, problemAt, RoutesInvalidError } from '../routes/problem.ts';
import { mapping } from '../routes/reading.ts';
import { FIGURE_NAMES, FIGURES, type FigureName, type Figures, leastOf } from './figures.ts';

/** What can be charged for, by its name in prices.yml. */
export const PRICE_NAMES = [
  'eventBridgeEvents',
  'pipesRequests',
  'schedulerInvocations',
  'sqsRequests',
  'lambdaRequests',
  'lambdaGbSecondsArm64',
  'lambdaGbSecondsX86',
  'dynamoWrites',
  'dynamoReads',
  'dynamoStorage',
  'dynamoBackup',
  'stepTransitions',
  'stepExpressRequests',
  'stepExpressGbHours',
  'snsPublishes',
  'snsEmails',
  'logsIngested',
  'customMetrics',
  'alarms',
  'dashboards',
  'kmsKeys',
  'kmsRequests',
  'xrayTraces',
  's3Puts',
  's3Gets',
  'glueDpuHours',
] as const;

export type PriceName = (typeof PRICE_NAMES)[number];

export interface Price {
  /** For `per` units, in the table's currency. */
  price: number;
  per: number;
  unit: string;
  /** Where it is charged: not the table's region where a file of prices names another and leaves this price out. */
  region: string;
  /** Units of a month that the free tier gives. */
  free: number;
  source: string;
  /** The day it was looked up. */
  seen: string;
  /** Read in what others wrote, not on AWS's own page. */
  secondHand: boolean;
}

/** Prices of one region, and the figures that a user may know better. */
export interface PriceTable {
  region: string;
  currency: string;
  prices: Record<PriceName, Price>;
  figures: Figures;
}

/** A file of prices cannot be used. */
export class PricesInvalidError extends Error {
  override readonly name = 'PricesInvalidError';
  readonly file: string;
  readonly problems: Problem[];

  constructor(file: string, problems: Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`${file} has ${count}:\n${problems.map(({ message }) => `  ${message}`).join('\n')}`);
    this.file = file;
    this.problems = problems;
  }
}

const text = (expected: string) => z.string(expected).min(1, expected);
const amount = (expected: string, least = 0) => z.number(expected).min(least, expected);
const figure = (name: FigureName) =>
  amount(`a number of ${leastOf(name)} or more, such as ${FIGURES[name]}`, leastOf(name));

const ownPrice = mapping({
  price: amount('a price of 0 or more, such as 0.40').optional(),
  per: z
    .number('a number of units above 0, such as 1000000')
    .positive('a number of units above 0, such as 1000000')
    .optional(),
  unit: text('what is counted, as a text').optional(),
  free: amount('units a month, 0 or more').optional(),
  source: text('where it was read, as a text').optional(),
  seen: text('the day it was looked up, such as "2026-11-23"').optional(),
  secondHand: z.boolean('true or false').optional(),
});

const ownTable = mapping({
  region: text('a region such as eu-central-1').optional(),
  currency: text('a currency such as USD').optional(),
  prices: mapping(Object.fromEntries(PRICE_NAMES.map((name) => [name, ownPrice.optional()]))).optional(),
  figures: mapping(
    Object.fromEntries(FIGURE_NAMES.map((name) => [name, figure(name).optional()])),
  ).optional(),
});

type OwnTable = z.output<typeof ownTable>;

/**
 * Reads a file of prices. What it leaves out is as in `base`; without a base, a price that it lacks is 0.
 *
 * @param file what messages call it, and the source of its prices that name none
 * @throws PricesInvalidError with every problem of the file
 */
export function parsePrices(content: string, file: string, base: PriceTable | null): PriceTable {
  const own = readOwn(content, file, base);
  const region = own.region ?? base?.region ?? '';
  const price = (name: PriceName): Price => {
    const before = base?.prices[name] ?? UNKNOWN;
    const changes = own.prices?.[name];
    if (changes === undefined) return before;
    const origin =
      changes.price === undefined ? before : { source: file, seen: '', secondHand: false, region };
    return {
      price: changes.price ?? before.price,
      per: changes.per ?? before.per,
      unit: changes.unit ?? before.unit,
      region: origin.region,
      free: changes.free ?? before.free,
      source: changes.source ?? origin.source,
      seen: changes.seen ?? origin.seen,
      secondHand: changes.secondHand ?? origin.secondHand,
    };
  };
  const figures = { ...FIGURES, ...base?.figures };
  for (const name of FIGURE_NAMES) figures[name] = own.figures?.[name] ?? figures[name];
  return {
    region,
    currency: own.currency ?? base?.currency ?? '',
    prices: Object.fromEntries(PRICE_NAMES.map((name) => [name, price(name)])) as Record<PriceName, Price>,
    figures,
  };
}

const UNKNOWN: Price = {
  ...{ price: 0, per: 1, unit: '', region: '', free: 0 },
  ...{ source: '', seen: '', secondHand: true },
};

function readOwn(content: string, file: string, base: PriceTable | null): OwnTable {
  const document = documentOf(content, file);
  const result = ownTable.safeParse(document.value);
  const findings = result.success
    ? mixedCurrency(result.data, base)
    : findingsOf(result.error, [], document.value);
  const problems = [
    ...document.problems,
    ...findings
      .filter(({ path }) => !document.isRefused(path))
      .map((finding) =>
        problemAt(file, (finding.atKey ? document.placeOfKey : document.placeOf)(finding.path), finding),
      ),
  ];
  if (result.success && problems.length === 0) return result.data;
  throw new PricesInvalidError(file, problems);
}

/** Amounts in two currencies add up to nothing. */
function mixedCurrency({ currency, prices = {} }: OwnTable, base: PriceTable | null): Finding[] {
  if (base === null || currency === undefined || currency === base.currency) return [];
  const missing = PRICE_NAMES.filter((name) => prices[name]?.price === undefined);
  if (missing.length === 0) return [];
  const all = `all ${PRICE_NAMES.length} prices in ${currency}`;
  return [
    {
      path: ['currency'],
      state: `is "${currency}"`,
      expected: `${base.currency}, or ${all}; ${missing.length} are missing, the first is ${missing[0]}`,
    },
  ];
}

function documentOf(content: string, file: string) {
  if (content.replace(/^\s*(#.*)?$/gm, '').trim() === '') {
    const expected = 'prices or figures of your own, as docs/costs.md shows, or no --prices';
    const finding = { path: [], state: 'is empty', expected };
    throw new PricesInvalidError(file, [problemAt(file, { line: 1, column: 1 }, finding)]);
  }
  try {
    return readDocument(content, file);
  } catch (error) {
    if (error instanceof RoutesInvalidError) throw new PricesInvalidError(file, error.problems);
    throw error;
  }
}
