import * as z from 'zod';
import { type BatchInput, parseBatchInput, parseManifest } from '../../src/core/batch-input.ts';
import type { Step } from '../../src/executions/step.ts';
import type { ObjectAddress, Objects } from '../../src/objects/objects.ts';

const parametersSchema = z.object({ totals: z.object({ bucket: z.string(), key: z.string() }) });
const totalsSchema = z.record(z.string(), z.int().nonnegative());

interface CountedFile {
  key: string;
  rows: number;
  /** What the sender announced; null where nothing was. */
  announced: number | null;
}

/** SNS takes 256 KiB; a hundred lines of keys stay far below. */
const FILES_NAMED_MAX = 100;

/**
 * Counts the rows of every file of a batch. The object that the route names in `parameters.totals` says how many rows
 * each key should have: `{ "ledgers/fr/a.csv": 120 }`. All counts lie beside the output, under a name made of the batch's
 * id, so that a second run replaces the first.
 */
export const step: Step = async (given, { objects }) => {
  const input = parseBatchInput(given);
  const totals = await totalsOf(input, objects);
  const counted: CountedFile[] = [];
  for (const address of await filesOf(input, objects)) {
    const rows = rowsIn(await textOf(address, objects));
    counted.push({ key: address.key, rows, announced: totals[address.key] ?? null });
  }
  const report = await writeReport(input, counted, objects);
  const wrong = counted.filter(({ rows, announced }) => rows !== announced);
  return { files: counted.length, wrong: wrong.length, report, ...textsOf(input, counted, wrong) };
};

/** Each key once, in its newest write: the log's order is that of commits, so a later event of a key replaces it. */
async function filesOf(input: BatchInput, objects: Objects): Promise<ObjectAddress[]> {
  const { events, manifest } = input;
  const all =
    events ?? parseManifest(await textOf(manifest, objects), `s3://${manifest.bucket}/${manifest.key}`);
  return [...new Map(all.map(({ bucket, key }) => [`${bucket}/${key}`, { bucket, key }])).values()];
}

async function totalsOf({ parameters }: BatchInput, objects: Objects): Promise<Record<string, number>> {
  const { totals } = parametersSchema.parse(parameters);
  return totalsSchema.parse(JSON.parse(await textOf(totals, objects)));
}

async function textOf(address: ObjectAddress, objects: Objects): Promise<string> {
  return Buffer.from(await objects.read(address)).toString('utf8');
}

/** Lines after the header that hold anything. */
function rowsIn(text: string): number {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return Math.max(0, lines.length - 1);
}

async function writeReport({ batch, output }: BatchInput, counted: CountedFile[], objects: Objects) {
  if (output === undefined) return null;
  const report = { bucket: output.bucket, key: `${output.prefix}_counts/${batch.id}.json` };
  await objects.write(report, JSON.stringify(counted));
  return report;
}

/** Texts come from a step; the definition only moves them. Step Functions wants each of them also when all is well. */
function textsOf({ batch }: BatchInput, counted: CountedFile[], wrong: CountedFile[]) {
  const lines = wrong.slice(0, FILES_NAMED_MAX).map(({ key, rows, announced }) => {
    return `${key}: ${rows} rows, ${announced === null ? 'none announced' : `${announced} announced`}`;
  });
  const sentence = `${wrong.length} of ${counted.length} files of batch ${batch.id} are not as announced.`;
  return {
    subject: `Spillway: ${wrong.length} of ${counted.length} files differ`,
    message: [sentence, '', ...lines].join('\n'),
    error: 'TotalsDifferError',
    cause: sentence,
  };
}
