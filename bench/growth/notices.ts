import type { ObjectEvent } from '../../src/core/event.ts';

/** When events arrived (ms since 1970), and how much later each one than the one before it (ms). */
export interface Arrivals {
  arrival: number;
  stepMs: number;
}

/** The next so many events. */
export type Some = (count: number, arrivals: Arrivals) => ObjectEvent[];

/**
 * New events as S3 tells of them, over so many partitions in turn: a folder a day, a numbered name, a sequencer. The n-th
 * is the same in every run but for its time.
 */
export function noticesOf(partitions: number): Some {
  let number = 0;
  return (count, { arrival, stepMs }) =>
    Array.from({ length: count }, (_, index) => {
      number += 1;
      const at = Math.floor(arrival + index * stepMs);
      const day = String(1 + (Math.floor(number / 1_000) % 28)).padStart(2, '0');
      const random = Math.imul(number, 2_654_435_761) >>> 0;
      const hex = random.toString(16).padStart(8, '0');
      return {
        bucket: 'landing',
        key: `chapter10/partner-${number % partitions}/2026-01-${day}/part-${String(number).padStart(9, '0')}-of-a-set.csv`,
        size: 1_000 + (random % 90_000),
        etag: hex.repeat(4),
        sequencer: `0067${hex}${(number % 0xffff).toString(16).padStart(4, '0')}`.toUpperCase(),
        time: at - 400,
        arrival: at,
      };
    });
}

/** The partition that an event of {@link noticesOf} belongs to. */
export function partitionOf({ key }: ObjectEvent): string {
  return key.slice(key.indexOf('/') + 1, key.indexOf('/', 'chapter10/'.length));
}
