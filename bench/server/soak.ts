import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, BenchOptions, Found, Section } from '../bench.ts';
import { askingOf, batchesOf } from './asking.ts';
import { dropAll } from './dropping.ts';
import { slope } from './figures.ts';
import { HEAP_FLAGS, type Heap, heapOf, isAboutHeap } from './heap.ts';
import { makePlace, type Place, type RunningServer, startServer } from './running.ts';

const FILES_PER_SECOND = 20;
const SAMPLE_EVERY_MS = 10_000;
/** Shares of the run at which the heap is read: it takes a full collection, which would make the rest look better. */
const LOOKS = [0, 0.25, 0.5, 0.75, 1];
/** Caches fill and the compiler works in the first minutes: the line is drawn through what follows. */
const WARM_UP_SHARE = 0.25;

const CSV = `id,station,celsius\n${Array.from({ length: 20 }, (_, line) => `${line},north-${line % 7},${line / 4}`).join('\n')}\n`;

/** How the server stood at a moment: resident memory (MB), open files and sockets, seconds of processor, files so far. */
export interface Sample {
  minute: number;
  memory: number;
  /** MB after a collection; only at the {@link LOOKS}. */
  heap: number | null;
  handles: number;
  processor: number;
  dropped: number;
}

export const soak: Bench = {
  name: 'soak',
  about: 'the server under a steady trickle for --minutes (2 unless told): does it keep its size?',
  async run({ quick, say, flags }: BenchOptions): Promise<Found> {
    const minutes = Number(flags.minutes ?? (quick ? 1 : 2));
    if (!(minutes > 0)) throw new Error('How many minutes? Write --minutes=60, with the equals sign.');
    const place = await makePlace();
    const server = await startServer(place, HEAP_FLAGS);
    try {
      const heap = await heapOf(server.problems);
      const samples = await trickle(place, server, heap, minutes, say);
      heap.close();
      const asking = askingOf(server);
      const ended = [...(await batchesOf(asking, 'flood')), ...(await batchesOf(asking, 'csv'))];
      asking.close();
      const running = ended.filter(({ endedAt }) => endedAt === null).length;
      const problems = server.problems().filter((text) => !isAboutHeap(text));
      const section = sectionOf(samples, minutes, ended.length, running, problems);
      return { sections: [section], rows: samples };
    } finally {
      await server.stop();
      await place.remove();
    }
  },
};

async function trickle(
  place: Place,
  server: RunningServer,
  heap: Heap,
  minutes: number,
  say: (line: string) => void,
) {
  const samples: Sample[] = [];
  const began = performance.now();
  let dropped = 0;
  const sample = async () => {
    const minute = (performance.now() - began) / 60_000;
    const { now: memory } = await server.memory();
    const looks = samples.filter((one) => one.heap !== null).length;
    const due = minute >= (LOOKS[looks] ?? Infinity) * minutes;
    const used = due ? await heap.used() : null;
    const [handles, processor] = [await server.handles(), await server.processor()];
    samples.push({ minute, memory, heap: used, handles, processor, dropped });
    say(`minute ${minute.toFixed(1)}: ${memory.toFixed(0)} MB, ${dropped} files`);
  };
  for (let second = 0; second < minutes * 60; second += 1) {
    if ((second * 1000) % SAMPLE_EVERY_MS === 0) await sample();
    const keys = Array.from({ length: FILES_PER_SECOND }, (_, index) =>
      index % 2 === 0 ? `flood/${second}-${index}.txt` : `csv/${second}-${index}.csv`,
    );
    await dropAll(place.root, keys, CSV);
    dropped += keys.length;
    await pause(Math.max(0, began + (second + 1) * 1000 - performance.now()));
  }
  await sample();
  return samples;
}

function sectionOf(
  samples: Sample[],
  minutes: number,
  batches: number,
  running: number,
  problems: string[],
): Section {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const slopeOf = (x: (sample: Sample) => number, y: (sample: Sample) => number | null) =>
    slope(settled.flatMap((sample) => (y(sample) === null ? [] : [{ x: x(sample), y: y(sample) ?? 0 }])));
  const perHour = (of: (sample: Sample) => number | null) => 60 * slopeOf(({ minute }) => minute, of);
  const perFile = (of: (sample: Sample) => number | null) => 1e6 * slopeOf(({ dropped }) => dropped, of);
  const memoryOf = ({ memory }: Sample) => memory;
  const heapOf = ({ heap }: Sample) => heap;
  const first = samples[0];
  const last = samples.at(-1);
  const used = (last?.processor ?? 0) - (first?.processor ?? 0);
  const looks = samples.filter(({ heap }) => heap !== null);
  return {
    title: `${minutes} minutes of a steady trickle`,
    text: `${FILES_PER_SECOND} files a second, half of them to a pipeline that does nothing, half of them CSV that become Parquet in batches of 100. All files are left lying in their two folders, which is the harder case. Memory (resident) and handles (open files and sockets) are read from the system every ten seconds; the heap, with buffers, after a collection at the times of the table.`,
    head: ['minute', 'files in the folders', 'memory MB', 'heap MB', 'handles'],
    rows: looks.map(({ minute, dropped, memory, heap, handles }) => [
      Math.round(minute),
      dropped,
      memory,
      heap,
      handles,
    ]),
    notes: [
      `A straight line through the last three quarters of ${samples.length} samples: memory ${signed(perHour(memoryOf))} MB an hour (${signed(perFile(memoryOf))} bytes a file), heap ${signed(perHour(heapOf))} MB an hour (${signed(perFile(heapOf))} bytes a file), handles ${signed(perHour(({ handles }) => handles))} an hour.`,
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
