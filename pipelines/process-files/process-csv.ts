import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { CsvSettings } from '../../src/core/policy.ts';
import { RetryableError, type StepTools } from '../../src/executions/step.ts';
import { type BatchContext, contextSchema, noteAddress } from './batch-context.ts';
import { type Fetched, fetchCsvFile } from './csv-fetch.ts';
import { type CsvFile, type OpenedFile, openCsvFile } from './csv-file.ts';
import { type ConvertedGroup, convertGroup, groupByHeader } from './csv-group.ts';
import { csvPacker } from './csv-pack.ts';
import { cut } from './excerpt.ts';
import { failOnDemand } from './fail-on-demand.ts';
import { type Failure, failureOf } from './failure.ts';
import { inOrder } from './in-order.ts';
import { machineTrouble } from './machine-trouble.ts';
import { type Output, resultOf, type UnitReport } from './unit-result.ts';
import { filesOf, type UnitFile, workUnitSchema } from './work-unit.ts';

const inputSchema = z.looseObject({ batch: contextSchema, unit: workUnitSchema });

/** Files fetched at a time: S3 answers slowly and to many at once. Small ones wait in memory, 1 MiB each at most. */
const FETCHES = 32;

/** Files are scanned while DuckDB reads them already, but for so many bytes at most, which stay in memory until then. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
/** Every so many files one is scanned at once: how its values are written tells how to read all. */
const SCANNED_FIRST = 8;

/**
 * Turns a unit's CSV files into one Parquet file per header. A file that cannot be taken over is named in the
 * result with its error, and its neighbours are processed; every run writes the unit's outputs anew.
 *
 * @throws RetryableError when the store, the machine, or a failure on demand kept some file from being read: the
 *   outputs of the others are written by then, and the report beside them says so, should no retry help
 */
export async function step(input: unknown, tools: StepTools): Promise<unknown> {
  try {
    return await processUnit(input, tools);
  } catch (error) {
    throw machineTrouble(error) ?? error;
  }
}

async function processUnit(input: unknown, { objects, scratch }: StepTools): Promise<unknown> {
  const { batch, unit } = inputSchema.parse(input);
  const files = await filesOf(unit, objects);
  const folder = await scratch();
  const settings = settingsOf(batch);
  const opened = await openAll(batch, files, settings, folder, objects);
  const converted: [string, ConvertedGroup][] = [];
  for (const group of groupByHeader(opened.files)) {
    const name = `${unit.id}-${digestOf([group.header, group.delimiter, group.skip])}`;
    converted.push([name, await convertGroup(group, settings, folder, name)]);
  }
  const failures = [...opened.failures, ...converted.flatMap(([, { failures }]) => failures)];
  const reportAddress = noteAddress(batch, `${unit.id}.json`);
  // From here to the new report, an old one would speak of outputs that are being replaced.
  if (await objects.head(reportAddress)) await objects.remove(reportAddress);
  const report: UnitReport = {
    id: unit.id,
    files: sum(converted, ({ files }) => files),
    rows: sum(converted, ({ rows }) => rows),
    outputs: await store(batch, unit.id, converted, objects),
    failures,
  };
  const whole = JSON.stringify(report);
  const isLarge = Buffer.byteLength(whole) > unit.resultBytesMax / 2;
  const keep = failures.length > 0 || isLarge;
  if (keep) await objects.write(reportAddress, whole);
  const soft = failures.filter(({ error }) => error === 'RetryableError');
  if (soft.length > 0) throw new RetryableError(softMessage(soft, files.length));
  return resultOf(report, unit.resultBytesMax, keep ? reportAddress : null);
}

function settingsOf({ csv }: BatchContext): CsvSettings {
  return {
    ...(csv?.columns && { columns: csv.columns }),
    ...(csv?.delimiter !== undefined && { delimiter: csv.delimiter }),
  };
}

async function openAll(
  batch: BatchContext,
  given: readonly UnitFile[],
  settings: CsvSettings,
  folder: string,
  objects: StepTools['objects'],
) {
  const files: CsvFile[] = [];
  const failures: Failure[] = [];
  let waiting = 0;
  const packer = csvPacker(
    folder,
    'unit',
    given.reduce((bytes, { size }) => bytes + size, 0),
  );
  // In the order of the batch, whatever came first: the same files give the same output.
  for await (const fetched of inOrder(given, FETCHES, (file) => fetchOne(batch, file, folder, objects))) {
    if ('failure' in fetched) {
      failures.push(fetched.failure);
      continue;
    }
    const index = files.length + failures.length;
    const mayWait = waiting < WAITING_BYTES_MAX && index % SCANNED_FIRST !== 0;
    const opened = await openOne(fetched, settings, folder, `file-${index}`, mayWait);
    if ('failure' in opened) failures.push(opened.failure);
    else files.push(opened.packable ? await packer.add(opened.file, opened.packable) : opened.file);
    waiting += ('file' in opened && opened.file.unscanned?.length) || 0;
  }
  await packer.finish();
  return { files, failures };
}

async function fetchOne(
  batch: BatchContext,
  file: UnitFile,
  folder: string,
  objects: StepTools['objects'],
): Promise<{ file: UnitFile; fetched: Fetched } | { failure: Failure }> {
  try {
    await failOnDemand(batch, file, objects);
    return { file, fetched: await fetchCsvFile(file, folder, objects) };
  } catch (error) {
    return { failure: failureOf(file, error) };
  }
}

async function openOne(
  { file, fetched }: { file: UnitFile; fetched: Fetched },
  settings: CsvSettings,
  folder: string,
  name: string,
  mayWait: boolean,
): Promise<OpenedFile | { failure: Failure }> {
  try {
    return await openCsvFile(file, fetched, settings, folder, name, mayWait);
  } catch (error) {
    return { failure: failureOf(file, error) };
  }
}

/** Puts the Parquet files in their place and removes what an earlier attempt left beyond them. */
async function store(
  batch: BatchContext,
  unitId: string,
  converted: readonly [string, ConvertedGroup][],
  objects: StepTools['objects'],
): Promise<Output[]> {
  const { bucket, prefix } = batch.output;
  const outputs: Output[] = [];
  for (const [name, { parquet, rows }] of converted) {
    if (parquet === null) continue;
    const key = `${prefix}${batch.id}/${name}.parquet`;
    await objects.fromFile({ bucket, key }, parquet);
    outputs.push({ bucket, key, rows });
  }
  const current = new Set(outputs.map(({ key }) => key));
  const stale: string[] = [];
  for await (const { key } of objects.list(bucket, `${prefix}${batch.id}/${unitId}-`)) {
    if (!current.has(key)) stale.push(key);
  }
  for (const key of stale) await objects.remove({ bucket, key });
  return outputs;
}

function softMessage(soft: Failure[], fileCount: number): string {
  const [first] = soft;
  const text = `${soft.length} of ${fileCount} files could not be read for now; the first is ${first?.key}: ${first?.cause}`;
  return cut(text, 600);
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
}

function sum(converted: readonly [string, ConvertedGroup][], of: (group: ConvertedGroup) => number): number {
  return converted.reduce((total, [, group]) => total + of(group), 0);
}
