import { type Bill, billOf, type Service, totalOf } from './bill.ts';
import { usageOfFiles } from './files.ts';
import type { Architecture } from './functions.ts';
import type { PriceTable } from './prices.ts';
import { type Parts, RECONCILES_A_MONTH, usageOfStanding } from './standing.ts';
import { type Flow, flowOf, type Traffic } from './traffic.ts';
import { ways } from './ways.ts';
import type { Work } from './work.ts';

export interface CostQuestion {
  traffic: Traffic;
  parts: Parts;
  architecture: Architecture;
  /** Transitions of an execution with so many work units. */
  transitions(units: number): number;
  /** Whether the free tier is the stack's alone. */
  freeTier: boolean;
}

/** One way of doing it. The first is Spillway. */
export interface WayCost {
  name: string;
  /** Because of the files. */
  services: Record<Service, number>;
  total: number;
  /** In a month, however few files come. */
  standing: number;
  not: string;
  counted: string;
}

export interface Costs {
  flow: Flow;
  ours: Bill;
  ways: WayCost[];
}

/** The shipped pipeline's limits for a work unit (pipelines/process-files/work-unit.ts). */
const FILES_PER_UNIT = 1_000;
const BYTES_PER_UNIT = 256 * 1024 * 1024;
const UNITS_MAX = 40;

/** What files cost, by Spillway and by other ways. No I/O, no clock. */
export function costsOf(question: CostQuestion, table: PriceTable): Costs {
  const { traffic, parts, architecture, freeTier } = question;
  const { figures } = table;
  const flow = flowOf(traffic, figures);
  const workOf = (batches: number, batchSize: number): Work => {
    const units = unitsOf(batchSize, traffic.fileBytes);
    return {
      traffic,
      flow: { ...flow, batches, batchSize },
      figures,
      architecture,
      reconciles: RECONCILES_A_MONTH * flow.months,
      transitions: question.transitions(units),
      units,
    };
  };
  const work = workOf(flow.batches, flow.batchSize);
  const ours = {
    files: traffic.files === 0 ? [] : usageOfFiles(work),
    standing: usageOfStanding(
      parts,
      { months: flow.months, inUse: traffic.files > 0 },
      figures,
      architecture,
    ),
  };
  const freeMonths = freeTier ? flow.months : 0;
  const first = { name: 'Spillway', ...ours, not: '', counted: '' };
  const rebatched = (batchSize: number) => workOf(traffic.files / batchSize, batchSize);
  return {
    flow,
    ours: billOf(ours, table, freeMonths),
    ways: [first, ...(traffic.files === 0 ? [] : ways(work, rebatched, ours))].map(
      ({ name, not, counted, ...usage }) => {
        const bill = billOf(usage, table, freeMonths);
        return {
          name,
          services: byService(bill),
          total: totalOf(bill.files),
          standing: totalOf(bill.standing) / flow.months,
          not,
          counted,
        };
      },
    ),
  };
}

function byService({ files }: Bill): Record<Service, number> {
  return {
    EventBridge: totalOf(files, 'EventBridge'),
    SQS: totalOf(files, 'SQS'),
    Lambda: totalOf(files, 'Lambda'),
    DynamoDB: totalOf(files, 'DynamoDB'),
    'Step Functions': totalOf(files, 'Step Functions'),
    other: totalOf(files, 'other'),
    steps: totalOf(files, 'steps'),
  };
}

/** A unit has whole files. */
export function unitsOf(files: number, fileBytes: number): number {
  return Math.min(
    UNITS_MAX,
    Math.max(1, Math.ceil(files)),
    Math.max(1, Math.ceil(files / FILES_PER_UNIT), Math.ceil((files * fileBytes) / BYTES_PER_UNIT)),
  );
}
