import type { ObjectEvent } from '../src/core/event.ts';
import { policyOf } from '../src/core/policy.ts';

/** One hot route: keys of 59 characters, sequencers as S3 gives them, a batch of 100. */
export const POLICY = policyOf({
  limits: { count: 100, windowMs: 3_600_000 },
  pipeline: {
    name: 'process-files',
    stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:process-files',
  },
  output: { bucket: 'curated', prefix: 'sales/' },
});

/** Of a hundred micro-batches, this many are delivered a second time. */
export const REDELIVERED_PERCENT = 2;

/** Micro-batches of `size` events; some of them come again right after the next. */
export function microBatches(count: number, size: number, seed: number): ObjectEvent[][] {
  const random = lcg(seed);
  const batches: ObjectEvent[][] = [];
  let file = 0;
  while (file < count) {
    const from = file;
    const batch = Array.from({ length: Math.min(size, count - from) }, (_, index) =>
      event(from + index, random),
    );
    file += batch.length;
    batches.push(batch);
    if (random() * 100 < REDELIVERED_PERCENT) batches.push(batch);
  }
  return batches;
}

function event(file: number, random: () => number): ObjectEvent {
  const day = `2026-01-${String(1 + (file % 28)).padStart(2, '0')}`;
  const key = `chapter10/partner-07/${day}/part-${String(file).padStart(8, '0')}-of-a-set.csv`;
  const now = Date.now();
  const hex = (digits: number) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return {
    bucket: 'landing',
    key,
    size: 1000 + Math.floor(random() * 90_000),
    etag: hex(8) + hex(8) + hex(8) + hex(8),
    sequencer: `0${hex(8)}${hex(7)}`,
    time: now - 400,
    arrival: now,
  };
}

/** Numerical Recipes' generator: good enough for made-up sizes. */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
