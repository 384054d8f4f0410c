import * as z from 'zod';
import { parseBatchInput } from '../../src/core/batch-input.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { contextSchema, noteAddress } from './batch-context.ts';
import type { Failure } from './failure.ts';
import { type Output, type UnitReport, unitReportSchema, unitResultSchema } from './unit-result.ts';
import { filesOf, type WorkUnit, workUnitSchema } from './work-unit.ts';

/** What became of a batch's files, all of them. */
export interface BatchOutcome {
  batch: {
    id: string;
    route: string;
    partition: string;
    /** Events. */
    count: number;
    output?: { bucket: string; prefix: string } | undefined;
  };
  processed: number;
  /** Files that were not; can exceed `failures` where not even their names could be read. */
  failed: number;
  superseded: number;
  rows: number;
  outputs: Output[];
  failures: Failure[];
  /** Error and cause of a step that failed as a whole. */
  problem: { error: string; cause: string } | null;
}

/** An error as Catch hands it on. */
const problemSchema = z.object({ Error: z.string(), Cause: z.string().nullish() });
const addressSchema = z.object({ bucket: z.string(), key: z.string() });
const invalidSchema = z.array(z.object({ bucket: z.string(), key: z.string(), fileExtension: z.string() }));
const failedUnitSchema = z.object({ id: z.string(), ok: z.literal(false), failure: problemSchema });

const checkedSchema = z.object({
  batch: contextSchema,
  units: z.array(workUnitSchema),
  invalid: invalidSchema,
  supersededCount: z.number(),
  setAside: addressSchema.optional(),
  results: z.array(z.union([unitResultSchema, failedUnitSchema])).optional(),
  problem: problemSchema.optional(),
});

type Problem = z.infer<typeof problemSchema>;
type UnitEnd = z.infer<typeof unitResultSchema> | z.infer<typeof failedUnitSchema> | undefined;

/** Reads what the states before left: checked or not, with results or without. */
export async function outcomeOf(input: unknown, objects: Objects): Promise<BatchOutcome> {
  const unchecked = z.looseObject({ schemaVersion: z.number(), problem: problemSchema }).safeParse(input);
  if (unchecked.success) return uncheckedOutcome(input, unchecked.data.problem);

  const checked = checkedSchema.parse(input);
  const problem = checked.problem ?? { Error: 'ResultMissingError', Cause: 'The unit left no result.' };
  const reports: UnitReport[] = [];
  for (const [index, unit] of checked.units.entries()) {
    reports.push(await unitReport(checked, unit, checked.results?.[index], problem, objects));
  }
  const failures = [
    ...(await invalidFailures(checked, objects)),
    ...reports.flatMap((unit) => unit.failures),
  ];
  return {
    batch: checked.batch,
    processed: reports.reduce((total, { files }) => total + files, 0),
    failed: failures.length,
    superseded: checked.supersededCount,
    rows: reports.reduce((total, { rows }) => total + rows, 0),
    outputs: reports.flatMap(({ outputs }) => outputs),
    failures,
    problem: checked.problem ? shown(checked.problem) : null,
  };
}

/** Check File Extensions failed: no file of the batch was looked at. */
function uncheckedOutcome(input: unknown, given: Problem): BatchOutcome {
  const problem = shown(given);
  const read = readable(input);
  if (!read) {
    const batch = { id: 'unknown', route: 'unknown', partition: '', count: 1 };
    return { ...NOTHING, batch, failed: 1, failures: [], problem };
  }
  const failures = (read.events ?? []).map(({ bucket, key }) => ({ bucket, key, ...problem }));
  const { id, route, partition, count } = read.batch;
  const batch = { id, route, partition, count, output: read.output };
  return { ...NOTHING, batch, failed: count, failures, problem };
}

const NOTHING = { processed: 0, superseded: 0, rows: 0, outputs: [] };

function readable(input: unknown) {
  try {
    return parseBatchInput(input);
  } catch {
    return null;
  }
}

/** All that a unit did: from its result, from its report where that was cut, else every file of it failed. */
async function unitReport(
  checked: z.infer<typeof checkedSchema>,
  unit: WorkUnit,
  end: UnitEnd,
  problem: Problem,
  objects: Objects,
): Promise<UnitReport> {
  if (end && !('failure' in end)) {
    const isWhole = end.outputs.length === end.outputCount && end.failures.length === end.failed;
    if (isWhole || !end.report) return end;
  }
  const address = noteAddress(checked.batch, `${unit.id}.json`);
  if (await objects.head(address)) {
    const text = Buffer.from(await objects.read(address)).toString('utf8');
    return unitReportSchema.parse(JSON.parse(text));
  }
  const failure = shown(end && 'failure' in end ? end.failure : problem);
  const files = await filesOf(unit, objects);
  const failures = files.map(({ bucket, key }) => ({ bucket, key, ...failure }));
  return { id: unit.id, files: 0, rows: 0, outputs: [], failures };
}

async function invalidFailures(
  { invalid, setAside }: z.infer<typeof checkedSchema>,
  objects: Objects,
): Promise<Failure[]> {
  const all = setAside ? await setAsideInvalid(setAside, objects) : invalid;
  return all.map(({ bucket, key, fileExtension }) => ({
    bucket,
    key,
    error: 'InvalidFormatException',
    cause: `The extension "${fileExtension}" is not supported; expected .csv.`,
  }));
}

async function setAsideInvalid(address: z.infer<typeof addressSchema>, objects: Objects) {
  const text = Buffer.from(await objects.read(address)).toString('utf8');
  return z.object({ invalid: invalidSchema }).parse(JSON.parse(text)).invalid;
}

/** Lambda's causes are JSON with the message inside; others are plain, or empty. */
function shown({ Error: error, Cause: cause }: Problem): { error: string; cause: string } {
  const text = cause ?? '';
  try {
    const parsed = z.looseObject({ errorMessage: z.string() }).safeParse(JSON.parse(text));
    if (parsed.success) return { error, cause: parsed.data.errorMessage };
  } catch {
    // Not JSON: the cause itself.
  }
  return { error, cause: text === '' ? error : text };
}
