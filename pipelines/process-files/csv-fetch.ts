import type { StepTools } from '../../src/executions/step.ts';
import { ObjectTooLargeError } from '../../src/objects/objects.ts';
import { PACKABLE_BYTES_MAX } from './csv-pack.ts';
import type { UnitFile } from './work-unit.ts';

/** What the store handed out: a small file's content, or where a large one lies. */
export type Fetched = { content: Buffer } | { path: string };

/**
 * Fetches a file, a small one into memory. What is looked at is what is read later, whatever becomes of the object.
 * @throws ObjectNotFoundError, ObjectKeyError
 * @throws RetryableError when the store did not answer
 */
export async function fetchCsvFile(
  { bucket, key, versionId, size }: UnitFile,
  folder: string,
  objects: Pick<StepTools['objects'], 'read' | 'toFile'>,
): Promise<Fetched> {
  const at = { bucket, key, ...(versionId !== undefined && { versionId }) };
  if (size <= PACKABLE_BYTES_MAX) {
    try {
      const { buffer, byteOffset, length } = await objects.read(at, PACKABLE_BYTES_MAX);
      return { content: Buffer.from(buffer, byteOffset, length) };
    } catch (error) {
      // It was written anew since its event.
      if (!(error instanceof ObjectTooLargeError)) throw error;
    }
  }
  return { path: await objects.toFile(at, folder) };
}
