import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { CsvSettings } from '../../src/core/policy.ts';
import { RetryableError, type StepTools } from '../../src/executions/step.ts';
import { type BatchContext, contextSchema, noteAddress } from './batch-context.ts';
import { type CsvFile, type OpenedFile, openCsvFile } from './csv-file.ts';
import { type ConvertedGroup, convertGroup, groupByHeader } from './csv-group.ts';
import { csvPacker } from './csv-pack.ts';
import { cut } from './excerpt.ts';
import { failOnDemand } from './fail-on-demand.ts';
import { type Failure, failureOf } from './failure.ts';
import { type Output, resultOf, type UnitReport } from './unit-result.ts';
import { filesOf, type UnitFile, workUnitSchema } from './work-unit.ts';

const inputSchema = z.looseObject({ batch: contextSchema, unit: workUnitSchema });

/** Files fetched at a time. */
const FETCHES = 8;

/**
 * Turns a unit's CSV files into one Parquet file per header. A file that cannot be taken over is named in the
 * result with its error, and its neighbours are processed; every run writes the unit's outputs anew.
 *
 * @throws RetryableError when the store, or a failure on demand, kept some file from being read: the outputs of
 *   the others are written by then, and the report beside them says so, should no retry help
 */
export async function step(input: unknown, { objects, scratch }: StepTools): Promise<unknown> {
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
  files: readonly UnitFile[],
  settings: CsvSettings,
  folder: string,
  objects: StepTools['objects'],
) {
  const outcomes = new Array<{ file: CsvFile } | { failure: Failure }>(files.length);
  /** One behind the other, so that packed files keep their order. */
  async function openRange(from: number, to: number): Promise<void> {
    const packer = csvPacker(folder, String(from));
    for (const [offset, file] of files.slice(from, to).entries()) {
      const index = from + offset;
      const opened = await openOne(batch, file, settings, folder, index, objects);
      if ('failure' in opened) outcomes[index] = opened;
      else if (opened.packable === null) outcomes[index] = { file: opened.file };
      else outcomes[index] = { file: await packer.add(opened.file, opened.packable) };
    }
    await packer.finish();
  }
  const size = Math.max(1, Math.ceil(files.length / FETCHES));
  const starts = Array.from({ length: Math.ceil(files.length / size) }, (_, range) => range * size);
  await Promise.all(starts.map((from) => openRange(from, from + size)));
  // In the order of the batch, whatever came first: the same files give the same output.
  return {
    files: outcomes.flatMap((outcome) => ('file' in outcome ? [outcome.file] : [])),
    failures: outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : [])),
  };
}

async function openOne(
  batch: BatchContext,
  file: UnitFile,
  settings: CsvSettings,
  folder: string,
  index: number,
  objects: StepTools['objects'],
): Promise<OpenedFile | { failure: Failure }> {
  try {
    await failOnDemand(batch, file, objects);
    return await openCsvFile(file, settings, folder, `file-${index}`, objects);
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
