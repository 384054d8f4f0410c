import * as z from 'zod';
import type { Objects } from '../../src/objects/objects.ts';

/** One file to process. */
export const unitFileSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  size: z.number(),
  versionId: z.string().optional(),
});

/** Files that are processed together: listed here, or as lines `from` to `to` (exclusive) of a list in the store. */
export const workUnitSchema = z.object({
  id: z.string().regex(/^unit-\d{3,5}$/),
  files: z.array(unitFileSchema).optional(),
  manifest: z.object({ bucket: z.string(), key: z.string() }).optional(),
  from: z.int().nonnegative().optional(),
  to: z.int().positive().optional(),
  /** Bytes of JSON that the unit's result may have. */
  resultBytesMax: z.int().positive(),
});

export type UnitFile = z.infer<typeof unitFileSchema>;
export type WorkUnit = z.infer<typeof workUnitSchema>;

/** Units at most: their results, or their failures, must together fit into one state. */
const UNITS_MAX = 40;
const FILES_PER_UNIT = 1_000;
const BYTES_PER_UNIT = 256 * 1024 * 1024;

/**
 * Cuts files into units, in order: at most `filesPerUnit` files and about 256 MiB each, but never more than 40
 * units, whose size grows instead.
 */
export function cutIntoUnits(files: readonly UnitFile[], filesPerUnit = FILES_PER_UNIT): UnitFile[][] {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const filesMax = Math.max(filesPerUnit, Math.ceil(files.length / UNITS_MAX));
  const bytesMax = Math.max(BYTES_PER_UNIT, Math.ceil(total / (UNITS_MAX / 2)));
  const units: UnitFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const unit = units.at(-1);
    const full = !unit || unit.length >= filesMax || bytes + file.size > bytesMax;
    if (unit && (!full || units.length === UNITS_MAX)) {
      unit.push(file);
      bytes += file.size;
    } else {
      units.push([file]);
      bytes = file.size;
    }
  }
  return units;
}

/** A unit's files, wherever they are listed. */
export async function filesOf(unit: WorkUnit, objects: Pick<Objects, 'read'>): Promise<UnitFile[]> {
  if (unit.files) return unit.files;
  if (!unit.manifest) return [];
  const text = Buffer.from(await objects.read(unit.manifest)).toString('utf8');
  const lines = text.split('\n').slice(unit.from ?? 0, unit.to);
  return lines.map((line) => unitFileSchema.parse(JSON.parse(line)));
}
