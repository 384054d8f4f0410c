import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Bundle, type BundleOptions, bundleFunction, filesOf } from '../../infra/bundle.ts';
import { readStack } from '../../infra/stack.ts';
import type { Bench, Cell, Section } from '../bench.ts';
import { quantile } from '../log/statistics.ts';
import { type ColdStart, coldStart } from './cold-start.ts';
import { bundledOtherwise } from './left-out.ts';
import { OWN, type Parts, partSection, partsOf, SHARED } from './parts.ts';
import { SLICES, type Slice, sliceOf } from './slices.ts';

const ROOT = join(import.meta.dirname, '../..');
const STACK = {
  stage: 'bench',
  routesFile: join(ROOT, 'routes.yml'),
  pipelinesFolder: join(ROOT, 'pipelines'),
};
const FUNCTIONS = [
  'ingest',
  'command',
  'status',
  'reconcile',
  'api',
  'check-file-extensions',
  'process-csv',
  'collect-results',
];
/** Of these the largest packages are also loaded alone. */
const SLICED = ['ingest', 'process-csv'];
const SLICES_EACH = 5;
/** A smaller one is not worth a line (bytes). */
const SLICED_FROM = 30_000;
/** Libraries that another package of the table loads. */
const NATIVE = /node-bindings/;

interface Sliced {
  /** The function's key. */
  of: string;
  slice: Slice;
}

export const functions: Bench = {
  name: 'functions',
  about: 'the size of each Lambda function, what its dependencies add, and its cold start',
  async run({ quick, say }): Promise<Section[]> {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-bench-functions-'));
    const times = quick ? 3 : 7;
    try {
      const { configuration } = await readStack(STACK);
      const bundles: Bundle[] = [];
      const parts = new Map<string, Parts>();
      const slices: Sliced[] = [];
      for (const key of FUNCTIONS) {
        say(`${key}: bundle`);
        const options = optionsFor(folder, configuration);
        const bundle = await bundleFunction(key, `handlers/${key}.handler`, options);
        bundles.push(bundle);
        parts.set(key, await partsOf(ROOT, bundle));
        if (!SLICED.includes(key)) continue;
        for (const name of largest(parts.get(key))) {
          slices.push({ of: key, slice: await sliceOf(ROOT, key, bundle.folder, name) });
        }
      }
      const [first] = bundles;
      const ways = first ? await bundledOtherwise(ROOT, first.key, first.folder, folder) : [];
      const places = [
        ...bundles.map((bundle) => ({ key: bundle.key, folder: bundle.folder })),
        ...ways.map((way) => ({ key: FUNCTIONS[0] ?? '', folder: way.folder })),
        ...slices.map(({ slice }) => slice),
      ];
      const starts = await startInTurn(places, times, say);
      const sizes = await Promise.all(bundles.map((bundle) => sizeRow(bundle, starts.get(placeOf(bundle)))));
      const others = ways.map(({ what, folder: at, bytes }) => [
        ...[what, bytes / 1e3],
        ...middles(starts.get(placeOf({ key: FUNCTIONS[0] ?? '', folder: at }))),
      ]);
      return [
        sizeSection(sizes, times),
        waySection(others),
        partSection(parts),
        sliceSection(slices, starts, times),
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function optionsFor(folder: string, configuration: BundleOptions['configuration']): BundleOptions {
  return {
    root: ROOT,
    buildFolder: join(folder, 'functions'),
    configuration,
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    withNative: process.platform === 'linux',
  };
}

interface Place {
  key: string;
  folder: string;
}

function placeOf({ key, folder }: Place): string {
  return join(folder, key);
}

/** Starts each so many times, one after the other and then all over again. */
async function startInTurn(
  places: Place[],
  times: number,
  say: (line: string) => void,
): Promise<Map<string, ColdStart[]>> {
  const starts = new Map<string, ColdStart[]>();
  for (let time = 1; time <= times; time += 1) {
    say(`cold starts, ${time} of ${times}`);
    for (const { key, folder } of places) {
      const place = placeOf({ key, folder });
      starts.set(place, [...(starts.get(place) ?? []), await coldStart(key, folder)]);
    }
  }
  return starts;
}

/** Load, load and open, processor time: the middle of each. */
function middles(starts: readonly ColdStart[] = []): Cell[] {
  return [
    quantile(
      starts.map(({ importMs }) => importMs),
      0.5,
    ),
    quantile(
      starts.flatMap(({ openMs }) => (openMs === null ? [] : [openMs])),
      0.5,
    ),
    quantile(
      starts.map(({ cpuMs }) => cpuMs),
      0.5,
    ),
  ];
}

async function sizeRow({ key, folder, bytes }: Bundle, starts?: readonly ColdStart[]): Promise<Cell[]> {
  const files = (await filesOf(folder)).filter((file) => file.endsWith('.mjs') && !isBeside(file));
  const code = Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
  return [key, bytes / 1e6, code.length / 1e3, gzipSync(code).length / 1e3, ...middles(starts)];
}

/** Not code of the function's own bundle. */
function isBeside(file: string): boolean {
  return file.includes('node_modules') || file.includes(`/${SLICES}/`);
}

function sizeSection(rows: Cell[][], times: number): Section {
  return {
    title: 'Size and cold start of each function',
    text: `Bundled as for a deployment, without an account. A cold start here is a fresh Node process that loads the bundle; where a function takes messages, also until an empty batch is answered, which opens its home. The middle of ${times}, all of them in turn.`,
    head: ['function', 'unpacked MB', 'code kB', 'code gzipped kB', 'load ms', 'load and open ms', 'CPU ms'],
    rows,
    notes: [
      'Lambda adds the start of its own sandbox, which is not measured here, and its processors are slower with less memory.',
      'process-csv carries DuckDB’s native library. It is loaded with the first batch, which is not in these figures: see below.',
    ],
  };
}

function waySection(rows: Cell[][]): Section {
  return {
    title: 'What shortens a cold start',
    text: `The function ${FUNCTIONS[0]}, bundled with one measure left out at a time, in the same rounds as above.`,
    head: ['', 'code kB', 'load ms', 'load and open ms', 'CPU ms'],
    rows,
    notes: [
      'routes.yml is read and checked when the stack is packaged, in all of these; functions did it at every cold start, which took a fifth of it.',
    ],
  };
}

/** The packages that make a function large. */
function largest(parts: Parts | undefined): string[] {
  return [...(parts ?? [])]
    .filter(([name, bytes]) => bytes >= SLICED_FROM && ![OWN, SHARED].includes(name) && !NATIVE.test(name))
    .sort((a, b) => b[1] - a[1])
    .slice(0, SLICES_EACH)
    .map(([name]) => name);
}

function sliceSection(slices: Sliced[], starts: ReadonlyMap<string, ColdStart[]>, times: number): Section {
  return {
    title: 'What large dependencies take to load',
    text: `A fresh Node process that loads what a function takes of one package, with what that needs itself. The middle of ${times}, in the same rounds as above.`,
    head: ['function', 'package', 'taken', 'load ms', 'CPU ms'],
    rows: slices.map(({ of, slice }) => {
      const [loaded = null, , cpu = null] = middles(starts.get(placeOf(slice)));
      return [of, slice.name, slice.when, loaded, cpu];
    }),
    notes: [
      'What two packages need, such as the shared part of the AWS SDK, is in both of their figures: they add up to more than the function takes.',
    ],
  };
}
