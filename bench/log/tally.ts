import type { Outcome } from './strategies/strategy.ts';
import { fileOf } from './workload.ts';

/** What a strategy made of the events that were delivered. All but `batches` should be 0. */
export interface Tally {
  batches: number;
  /** Events that are in no batch and no open window. */
  lost: number;
  /** Times that an event is there once too often. */
  doubled: number;
  /** Batches that have not exactly as many events as a batch should. */
  wrongSized: number;
}

/** Compares what the table says with the files 0 … `files` − 1, each of which was delivered at least once. */
export function tally(outcome: Outcome, files: number, batchEvents: number): Tally {
  if (outcome.kind === 'count') {
    const { batches, counted } = outcome;
    return {
      batches,
      lost: Math.max(0, files - counted),
      doubled: Math.max(0, counted - files),
      wrongSized: 0,
    };
  }
  const { batches, open } = outcome;
  const times = new Uint32Array(files);
  let strange = 0;
  for (const keys of [...batches, open]) {
    for (const key of keys) {
      const file = fileOf(key);
      const before = times[file];
      if (before === undefined) strange += 1;
      else times[file] = before + 1;
    }
  }
  return {
    batches: batches.length,
    lost: times.filter((count) => count === 0).length,
    doubled: strange + times.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
    wrongSized: batches.filter((keys) => keys.length !== batchEvents).length,
  };
}
