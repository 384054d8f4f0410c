import { createHash } from 'node:crypto';
import { RetryableError } from '../../src/executions/step.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { type BatchContext, noteAddress } from './batch-context.ts';
import { parametersOf } from './parameters.ts';

/** A failure that was asked for and that no retry heals. */
export class DemandedError extends Error {
  override readonly name = 'HardError';
}

/**
 * Failures on purpose, to see Retry, Catch and the notification at work. Off unless a route's parameters name
 * files (by key, by the last part of the key, or `*` for every file):
 *
 *     parameters:
 *       failOnDemand: { late.csv: 2, broken.csv: hard, "*": random }
 *
 * A number fails that often, worth a retry, and then succeeds. `hard` fails at once and for good. `random`
 * divides ten by 0, 1 or 2: the same dice for the same batch, file and attempt.
 *
 * @throws RetryableError or DemandedError where the batch's parameters ask for it
 */
export async function failOnDemand(
  batch: BatchContext,
  file: { bucket: string; key: string },
  objects: Objects,
): Promise<void> {
  const wanted = new Map(Object.entries(parametersOf(batch).failOnDemand ?? {}));
  const ownName = file.key.slice(file.key.lastIndexOf('/') + 1);
  const demand = wanted.get(file.key) ?? wanted.get(ownName) ?? wanted.get('*');
  if (demand === undefined || demand === 0) return;
  if (demand === 'hard') throw new DemandedError('This file fails on demand (failOnDemand: hard).');

  // Counted in the store: a step in Lambda knows neither its attempt nor what an earlier one saw.
  const name = createHash('sha256').update(`${file.bucket}\n${file.key}`).digest('hex').slice(0, 16);
  const counter = noteAddress(batch, `fail-on-demand/${name}.txt`);
  const attempt = (await countAt(counter, objects)) + 1;
  if (demand === 'random' ? divisor(batch.id, file.key, attempt) !== 0 : attempt > demand) return;
  await objects.write(counter, String(attempt));
  throw new RetryableError(`This file fails on demand, attempt ${attempt} (failOnDemand: ${demand}).`);
}

async function countAt(counter: { bucket: string; key: string }, objects: Objects): Promise<number> {
  if (!(await objects.head(counter))) return 0;
  return Number(Buffer.from(await objects.read(counter)).toString('utf8'));
}

/** 0, 1 or 2. */
function divisor(batchId: string, key: string, attempt: number): number {
  return createHash('sha256').update(`${batchId}\n${key}\n${attempt}`).digest().readUInt32BE() % 3;
}
