import { readFile, writeFile } from 'node:fs/promises';
import { lineChart } from '../chart/line-chart.ts';
import { nextTicks } from '../core/cron.ts';
import { costChart } from '../cost/cost-chart.ts';
import { type CostQuestion, type Costs, costsOf } from '../cost/costs.ts';
import { type PriceTable, parsePrices } from '../cost/prices.ts';
import { type Parts, partsOf } from '../cost/standing.ts';
import { MONTH_MS, type Traffic } from '../cost/traffic.ts';
import { countTransitions } from '../cost/transitions.ts';
import type { Configuration, FlushSchedule } from '../routes/configuration.ts';
import { durationText } from '../routes/quantities.ts';
import type { CostOptions } from './commands/cost.ts';
import { FileUnreadableError, UsageError } from './errors.ts';
import { readRoutes } from './routes-file.ts';

/** What was asked, at which prices, and what it costs. */
export interface Reckoned {
  question: CostQuestion;
  table: PriceTable;
  costs: Costs;
}

/** The prices that come with the product, and the definition of its pipeline. */
const PRICES = new URL('../cost/prices.yml', import.meta.url);
const DEFINITION = new URL('../../pipelines/process-files/definition.asl', import.meta.url);

/** What the choices of the shipped pipeline find when every file can be processed. */
const ALL_WELL = ['$.units[0]'];

/**
 * Answers what `cost` asks, and draws the chart if one is wanted.
 * @throws UsageError, FileUnreadableError, PricesInvalidError, RoutesInvalidError, DefinitionUncountableError
 */
export async function reckon(options: CostOptions, now: number): Promise<Reckoned> {
  assertCloses(options);
  const table = await readPrices(options);
  const definition = await readFile(DEFINITION, 'utf8');
  const configuration = options.routes === undefined ? null : await readRoutes(options.routes);
  const question: CostQuestion = {
    traffic: trafficOf(options, configuration),
    parts: standingOf(options, configuration, now),
    architecture: options.architecture,
    transitions: (units) => options.transitions ?? countTransitions(definition, ALL_WELL, units),
    freeTier: options.freeTier === true,
  };
  if (options.chart !== undefined) {
    if (options.files === 0) throw new UsageError('A chart needs files.', 'Leave --files out, or --chart.');
    const svg = lineChart(costChart(question, table));
    await writeFile(options.chart, svg).catch((error: unknown) => {
      throw new UsageError(
        `The chart cannot be written to ${options.chart} (${error instanceof Error ? error.message : String(error)}).`,
        'Name a file in a folder that exists.',
      );
    });
  }
  return { question, table, costs: costsOf(question, table) };
}

/** As routes.yml has it (src/routes/assemble.ts). */
function assertCloses({ quiet, window }: CostOptions): void {
  if (quiet === undefined || quiet <= window) return;
  throw new UsageError(
    `This leaves quiet at ${durationText(quiet)} and window at ${durationText(window)}; ` +
      'expected quiet to be no longer than window, which closes first otherwise.',
    'Shorten --quiet, or lengthen --window.',
  );
}

async function readPrices({ prices, region }: CostOptions): Promise<PriceTable> {
  const shipped = parsePrices(await readFile(PRICES, 'utf8'), 'prices.yml', null);
  const table = prices === undefined ? shipped : parsePrices(await readOwn(prices), prices, shipped);
  if (region === undefined || region === table.region) return table;
  throw new UsageError(
    `The prices are those of ${table.region}, not of ${region}.`,
    `Write what differs, with "region: ${region}", into a file and name it with --prices; docs/costs.md shows one.`,
  );
}

function readOwn(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new FileUnreadableError(file, 'docs/costs.md shows what such a file looks like.', error);
  });
}

function trafficOf(options: CostOptions, configuration: Configuration | null): Traffic {
  return {
    files: options.files,
    overMs: options.over,
    burst: options.burst,
    fileBytes: options.size,
    partitions: options.partitions,
    routes: configuration?.routes.length ?? 1,
    count: options.count,
    windowMs: options.window,
    quietMs: options.quiet ?? null,
    failedPercent: options.failed,
  };
}

function standingOf({ partitions }: CostOptions, configuration: Configuration | null, now: number): Parts {
  if (configuration === null)
    return partsOf({ routes: 1, dedicated: 0, pipelines: 1, partitions, ticks: [] });
  const { routes } = configuration;
  const pipelines = routes.flatMap(({ pipeline }) => ('name' in pipeline ? [pipeline.name] : []));
  return partsOf({
    routes: routes.length,
    dedicated: routes.filter(({ queue }) => queue === 'dedicated').length,
    pipelines: new Set(pipelines).size,
    partitions: Math.max(partitions, routes.length),
    ticks: routes.flatMap(({ schedules, pattern }) =>
      schedules.map((schedule) => ({
        aMonth: ticksAMonth(schedule, now),
        partitions: pattern.segments.some(({ kind }) => kind === 'variable') ? partitions : 1,
      })),
    ),
  });
}

const FOUR_WEEKS_MS = 28 * 86_400_000;
const TICKS_LOOKED_AT = 1_000;

/** As many as in the four weeks from now; what ticks very often is taken by its rate. */
function ticksAMonth({ schedule }: FlushSchedule, now: number): number {
  const ticks = nextTicks(schedule, now, TICKS_LOOKED_AT);
  const last = ticks.at(-1) ?? now;
  const often = ticks.length === TICKS_LOOKED_AT && last < now + FOUR_WEEKS_MS;
  if (often) return (ticks.length * MONTH_MS) / (last - now);
  return (ticks.filter((at) => at <= now + FOUR_WEEKS_MS).length * MONTH_MS) / FOUR_WEEKS_MS;
}
