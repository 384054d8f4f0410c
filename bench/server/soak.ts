import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, BenchOptions, Found, Section } from '../bench.ts';
import { askingOf, batchesOf } from './asking.ts';
import { dropAll } from './dropping.ts';
import { slope } from './figures.ts';
import { makePlace, type Place, type RunningServer, startServer } from './running.ts';

const FILES_PER_SECOND = 20;
const SAMPLE_EVERY_MS = 10_000;
/** Files go this long after they were dropped, as where somebody tidies up. */
const KEPT_MS = 600_000;
/** Caches fill and the compiler works in the first minutes: the line is drawn through what follows. */
const WARM_UP_SHARE = 0.25;

const CSV = `id,station,celsius\n${Array.from({ length: 20 }, (_, line) => `${line},north-${line % 7},${line / 4}`).join('\n')}\n`;

/** How the server stood at a moment: resident memory (MB), open files and sockets, seconds of processor, files so far. */
export interface Sample {
  minute: number;
  memory: number;
  handles: number;
  processor: number;
  dropped: number;
}

export const soak: Bench = {
  name: 'soak',
  about: 'the server under a steady trickle for --minutes (2 unless told): does it keep its size?',
  async run({ quick, say, flags }: BenchOptions): Promise<Found> {
    const minutes = Number(flags.minutes ?? (quick ? 1 : 2));
    const place = await makePlace();
    const server = await startServer(place);
    try {
      const samples = await trickle(place, server, minutes, say);
      const asking = askingOf(server);
      const ended = [...(await batchesOf(asking, 'flood')), ...(await batchesOf(asking, 'csv'))];
      asking.close();
      const running = ended.filter(({ endedAt }) => endedAt === null).length;
      const section = sectionOf(samples, minutes, ended.length, running, server.problems());
      return { sections: [section], rows: samples };
    } finally {
      await server.stop();
      await place.remove();
    }
  },
};

async function trickle(place: Place, server: RunningServer, minutes: number, say: (line: string) => void) {
  const samples: Sample[] = [];
  const old: { at: number; keys: string[] }[] = [];
  const began = performance.now();
  let dropped = 0;
  for (let second = 0; second < minutes * 60; second += 1) {
    const keys = Array.from({ length: FILES_PER_SECOND }, (_, index) =>
      index % 2 === 0 ? `flood/${second}-${index}.txt` : `csv/${second}-${index}.csv`,
    );
    await dropAll(place.root, keys, CSV);
    dropped += keys.length;
    old.push({ at: performance.now(), keys });
    while (old[0] && old[0].at + KEPT_MS < performance.now()) await removeAll(place, old.shift()?.keys ?? []);
    if ((second * 1000) % SAMPLE_EVERY_MS === 0) {
      const minute = (performance.now() - began) / 60_000;
      const { now: memory } = await server.memory();
      samples.push({
        minute,
        memory,
        handles: await server.handles(),
        processor: await server.processor(),
        dropped,
      });
      if (second % 60 === 0) say(`minute ${Math.round(minute)}: ${memory.toFixed(0)} MB, ${dropped} files`);
    }
    await pause(Math.max(0, began + (second + 1) * 1000 - performance.now()));
  }
  return samples;
}

async function removeAll({ root }: Place, keys: string[]): Promise<void> {
  for (const key of keys) await rm(join(root, 'landing', key), { force: true });
}

function sectionOf(
  samples: Sample[],
  minutes: number,
  batches: number,
  running: number,
  problems: string[],
): Section {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const perHour = (of: (sample: Sample) => number) =>
    60 * slope(settled.map((sample) => ({ x: sample.minute, y: of(sample) })));
  const first = samples[0];
  const last = samples.at(-1);
  const used = (last?.processor ?? 0) - (first?.processor ?? 0);
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const sample = samples[Math.round(share * (samples.length - 1))];
    return [sample?.minute ?? null, sample?.memory ?? null, sample?.handles ?? null, sample?.dropped ?? null];
  });
  return {
    title: `${minutes} minutes of a steady trickle`,
    text: `${FILES_PER_SECOND} files a second, half of them to a pipeline that does nothing, half of them CSV that become Parquet in batches of 100. Files are removed ten minutes after they came. Memory (resident) and handles (open files and sockets) are read from the system every ten seconds.`,
    head: ['minute', 'memory MB', 'handles', 'files so far'],
    rows,
    notes: [
      `A straight line through the last three quarters of ${samples.length} samples: memory ${signed(perHour(({ memory }) => memory))} MB an hour, handles ${signed(perHour(({ handles }) => handles))} an hour.`,
      `${batches} batches were started, ${running} of them still ran at the end. Processor time: ${((1000 * used) / Math.max(1, last?.dropped ?? 1)).toFixed(2)} ms a file, Parquet included.`,
      problems.length === 0
        ? 'The server told of no problem.'
        : `The server told of ${problems.length} problems: ${problems[0]}`,
    ],
  };
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
