import type { ObjectEvent } from '../../src/core/event.ts';
import type { EventQueue } from './event-queue.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { BUCKET, type Shape } from './shape.ts';

/** S3's own clock differs from true time by at most this (ms); with ±90 s of a committer it stays under 2 min. */
const S3_SKEW_MAX_MS = 20_000;
const NOTICE_MS = 3_000;
const NOTICE_LATE_MAX_MS = 15 * 60_000;
const STRANGE_NAMES = ['ä ö.csv', 'a#b%20c.csv', '✓/🜁.csv', 'e\u0301.csv', "it's.csv", 'LOG#x.csv', '..csv'];

export interface TrafficWorld {
  scheduler: Scheduler;
  random: Random;
  shape: Shape;
  faults: Faults;
  queue: EventQueue;
}

/** Writes all objects of the simulation over the time of chaos; each is noticed a little later. */
export function startTraffic({ scheduler, random: root, shape, faults, queue }: TrafficWorld): void {
  const random = root.fork('traffic');
  const bursts = Array.from({ length: 3 }, () => random.next() * shape.chaosMs);
  for (let number = 0; number < shape.events; number++) {
    const burst = random.chance(shape.burstiness);
    const into = burst ? random.pick(bursts) + random.wait(20_000) : random.next() * shape.chaosMs;
    const written = scheduler.now() + Math.min(shape.chaosMs, Math.round(into));
    const event = eventOf(random, shape, number, written);
    const late = faults.strike('notice delayed')
      ? random.int(60_000, NOTICE_LATE_MAX_MS)
      : random.int(0, NOTICE_MS);
    queue.putAt(written + late, event);
  }
}

function eventOf(random: Random, shape: Shape, number: number, written: number): ObjectEvent {
  const route = random.pick(shape.routes);
  const folder = route.partitions.length === 0 ? '' : `${random.pick(route.partitions)}/`;
  const strange = random.chance(0.05) ? random.pick(STRANGE_NAMES) : '.csv';
  // One key in ten is written again and again.
  const name = random.chance(0.1) ? 'same.csv' : `${number}${strange}`;
  const padding = Array.from({ length: shape.keyPadding }, () => random.int(0, 35).toString(36)).join('');
  const key = random.chance(0.02) ? `elsewhere/${number}.csv` : `${route.prefix}${folder}${padding}${name}`;
  const event: ObjectEvent = {
    bucket: BUCKET,
    key,
    size: random.int(1, 100_000),
    etag: number.toString(16).padStart(32, '0'),
    time: written + random.int(-S3_SKEW_MAX_MS, S3_SKEW_MAX_MS),
    arrival: written,
  };
  if (random.chance(0.05)) event.id = `notice-${number}`;
  else event.sequencer = (0x6000_0000_0000 + number * 16).toString(16).toUpperCase();
  if (random.chance(0.2)) event.versionId = `v${number}`;
  if (random.chance(0.01)) {
    event.key = `${route.prefix}${folder}folder-${number}/`;
    event.size = 0;
  }
  return event;
}
