import type { Clock } from '../../src/core/clock.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** A process's clock: off, drifting, now and then set back a little; and what it has told so far. */
export interface SkewedClock extends Clock {
  /** Sets the clock back. */
  stepBack(ms: number): void;
  /** Distinct readings, latest first, at most {@link READINGS_KEPT}. */
  readings(): number[];
  /** The largest reading so far. */
  max(): number;
  /** What it would say, without counting as a reading. */
  peek(): number;
}

/** A first record waits for its registration: a slow one takes seconds, in which other partitions read the clock. */
const READINGS_KEPT = 512;

export interface Skew {
  offsetMs: number;
  /** ms per ms; ±1e-4 is a bad quartz. */
  drift: number;
  /** The clock never strays further than this from true time (ms). */
  maxMs: number;
}

/** @param sleep how the process waits: it may be frozen or dead meanwhile */
export function skewedClock(
  scheduler: Scheduler,
  random: Random,
  skew: Skew,
  sleep: (ms: number) => Promise<void>,
): SkewedClock {
  const started = scheduler.now();
  const kept: number[] = [];
  let offset = skew.offsetMs;
  let max = Number.NEGATIVE_INFINITY;
  const peek = () => {
    const off = offset + skew.drift * (scheduler.now() - started);
    return Math.round(scheduler.now() + Math.max(-skew.maxMs, Math.min(skew.maxMs, off)));
  };
  return {
    peek,
    now() {
      const reading = peek();
      if (kept[0] !== reading) kept.unshift(reading);
      if (kept.length > READINGS_KEPT) kept.pop();
      max = Math.max(max, reading);
      return reading;
    },
    sleep,
    random: () => random.next(),
    stepBack(ms) {
      offset -= ms;
    },
    readings: () => [...kept],
    max: () => max,
  };
}
