import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Clock } from '../core/clock.ts';
import {
  ObjectKeyError,
  ObjectNotFoundError,
  type Objects,
  ObjectTooLargeError,
} from '../objects/objects.ts';
import { makeScratch } from './scratch.ts';

/**
 * One Task of a pipeline: JSON in, JSON out. The same function runs in Lambda and in the interpreter, so it
 * depends on its input and these tools alone. What it throws is matched by `name` in Retry and Catch.
 */
export type Step = (input: unknown, tools: StepTools) => Promise<unknown>;

export interface StepTools {
  /** Failures other than a missing object, an impossible key or a size beyond a limit arrive as {@link RetryableError}. */
  objects: Objects;
  /** An empty temporary folder, removed with all its contents after the step. */
  scratch: () => Promise<string>;
  /** ms since 1970. */
  now: () => number;
}

/** Something that may well succeed when tried again. Named in the Retry of every step. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
}

/** What a home gives to the steps it runs. */
export interface StepHome {
  objects: Objects;
  clock: Pick<Clock, 'now'>;
  /** The folder for the steps' temporary ones, made if missing; the system's where left out. */
  scratchFolder?: string;
}

/** Calls a step with its tools and cleans up behind it. */
export async function runStep(step: Step, input: unknown, home: StepHome): Promise<unknown> {
  const folders: string[] = [];
  try {
    return await step(input, {
      objects: retryable(home.objects),
      now: () => home.clock.now(),
      scratch: async () => {
        const folder = await makeScratch(home.scratchFolder ?? tmpdir());
        folders.push(folder);
        return folder;
      },
    });
  } finally {
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

function retryable(objects: Objects): Objects {
  return {
    head: (at) => soft('look up', at, objects.head(at)),
    read: (at, bytesMax) => soft('read', at, objects.read(at, bytesMax)),
    write: (at, content) => soft('write', at, objects.write(at, content)),
    toFile: (at, folder) => soft('read', at, objects.toFile(at, folder)),
    fromFile: (at, file) => soft('write', at, objects.fromFile(at, file)),
    remove: (at) => soft('remove', at, objects.remove(at)),
    async *list(bucket, prefix) {
      const heads = objects.list(bucket, prefix)[Symbol.asyncIterator]();
      while (true) {
        const next = await soft('list', { bucket, key: prefix }, heads.next());
        if (next.done) return;
        yield next.value;
      }
    },
  };
}

async function soft<Result>(
  verb: string,
  at: { bucket: string; key: string },
  result: Promise<Result>,
): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    const isHard = [ObjectNotFoundError, ObjectKeyError, ObjectTooLargeError].some(
      (kind) => error instanceof kind,
    );
    if (isHard) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RetryableError(`Could not ${verb} s3://${at.bucket}/${at.key}: ${reason}`, { cause: error });
  }
}
