import {
  type BatchInput,
  type BatchInputEvent,
  parseBatchInput,
  parseManifest,
} from '../../src/core/batch-input.ts';
import { compareSequencers } from '../../src/core/event.ts';
import type { StepTools } from '../../src/executions/step.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { type BatchContext, contextOf, noteAddress } from './batch-context.ts';
import { excerpt, SHARES } from './excerpt.ts';
import { parametersOf } from './parameters.ts';
import { cutIntoUnits, type UnitFile, type WorkUnit } from './work-unit.ts';

const SUPPORTED = ['.csv'];

/** A file that no step here can read. */
export interface InvalidFile {
  bucket: string;
  key: string;
  fileExtension: string;
}

/** An earlier write of a key that the batch holds more than once. */
export interface SupersededWrite {
  bucket: string;
  key: string;
  versionId?: string | undefined;
  sequencer?: string | undefined;
}

/**
 * Sorts a whole batch: work units of supported files, invalid files, and superseded writes. A key that was
 * written twice is processed once, in its newest write.
 *
 * The lists are cut to their share of a state; where that leaves something out, `setAside` points to all of it.
 * @throws BatchInputError, OutputMissingError, ParametersError: none is worth a retry
 */
export async function step(input: unknown, { objects }: StepTools): Promise<unknown> {
  const given = parseBatchInput(input);
  const batch = contextOf(given);
  const { newest, superseded } = newestWrites(await eventsOf(given, objects));
  const isSupported = ({ key }: BatchInputEvent) => SUPPORTED.includes(extensionOf(key).toLowerCase());
  const supported = newest.filter(isSupported);
  const invalid = newest
    .filter((event) => !isSupported(event))
    .map(({ bucket, key }) => ({ bucket, key, fileExtension: extensionOf(key) }));
  return {
    batch,
    units: await unitsOf(batch, supported.map(fileOf), objects),
    ...(await setAside(batch, invalid, superseded, objects)),
  };
}

async function eventsOf(input: BatchInput, objects: Objects): Promise<BatchInputEvent[]> {
  if (input.events) return input.events;
  const { bucket, key } = input.manifest;
  const content = Buffer.from(await objects.read({ bucket, key })).toString('utf8');
  return parseManifest(content, `the manifest s3://${bucket}/${key}`);
}

/** The newest write of each key, in the order of the batch; of equals the later. */
function newestWrites(events: readonly BatchInputEvent[]) {
  const newest = new Map<string, BatchInputEvent>();
  const superseded: SupersededWrite[] = [];
  for (const event of events) {
    const name = JSON.stringify([event.bucket, event.key]);
    const known = newest.get(name);
    const older = known && compareSequencers(event.sequencer, known.sequencer) < 0 ? event : known;
    if (older) superseded.push(writeOf(older));
    if (older !== event) newest.set(name, event);
  }
  return { newest: [...newest.values()], superseded };
}

function writeOf({ bucket, key, versionId, sequencer }: BatchInputEvent): SupersededWrite {
  return { bucket, key, versionId, sequencer };
}

/** From the last dot of the file's own name; empty where there is none. */
function extensionOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot === -1 ? '' : name.slice(dot);
}

function fileOf({ bucket, key, size, versionId }: BatchInputEvent): UnitFile {
  return { bucket, key, size, versionId };
}

async function unitsOf(batch: BatchContext, files: UnitFile[], objects: Objects): Promise<WorkUnit[]> {
  const cuts = cutIntoUnits(files, parametersOf(batch).filesPerUnit);
  const resultBytesMax = Math.min(SHARES.result, Math.floor(SHARES.results / Math.max(1, cuts.length)));
  const ids = cuts.map((_files, index) => `unit-${String(index + 1).padStart(3, '0')}`);
  const listed = cuts.map((unit, index) => ({ id: ids[index] ?? '', files: unit, resultBytesMax }));
  if (Buffer.byteLength(JSON.stringify(listed)) <= SHARES.units) return listed;

  const manifest = noteAddress(batch, 'files.jsonl');
  await objects.write(manifest, files.map((file) => `${JSON.stringify(file)}\n`).join(''));
  let from = 0;
  return listed.map(({ id, files: { length } }) => {
    const unit = { id, manifest, from, to: from + length, resultBytesMax };
    from += length;
    return unit;
  });
}

async function setAside(
  batch: BatchContext,
  invalid: InvalidFile[],
  superseded: SupersededWrite[],
  objects: Objects,
) {
  const lists = {
    invalid: excerpt(invalid, SHARES.setAside),
    invalidCount: invalid.length,
    superseded: excerpt(superseded, SHARES.setAside),
    supersededCount: superseded.length,
  };
  if (lists.invalid.length === invalid.length && lists.superseded.length === superseded.length) return lists;
  const address = noteAddress(batch, 'set-aside.json');
  await objects.write(address, JSON.stringify({ invalid, superseded }));
  return { ...lists, setAside: address };
}
