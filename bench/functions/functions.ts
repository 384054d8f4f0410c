import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLING, type Bundle, type BundleOptions, bundleFunction, filesOf } from '../../infra/bundle.ts';
import { readStack } from '../../infra/stack.ts';
import type { Bench, Cell, Section } from '../bench.ts';
import { quantile } from '../server/figures.ts';
import { type ColdStart, coldStart } from './cold-start.ts';
import { bundledOtherwise } from './left-out.ts';

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

export const functions: Bench = {
  name: 'functions',
  about: 'the size of each Lambda function, what its dependencies add, and its cold start',
  async run({ quick, say }): Promise<Section[]> {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-bench-functions-'));
    const times = quick ? 3 : 7;
    try {
      const { configuration } = await readStack(STACK);
      const bundles: Bundle[] = [];
      const parts = new Map<string, Map<string, number>>();
      for (const key of FUNCTIONS) {
        say(`${key}: bundle`);
        bundles.push(await bundleFunction(key, `handlers/${key}.handler`, optionsFor(folder, configuration)));
        parts.set(key, await partsOf(key));
      }
      const [first] = bundles;
      const ways = first ? await bundledOtherwise(ROOT, first.key, first.folder, folder) : [];
      const places = [
        ...bundles.map((bundle) => ({ key: bundle.key, folder: bundle.folder })),
        ...ways.map((way) => ({ key: FUNCTIONS[0] ?? '', folder: way.folder })),
      ];
      const starts = await startInTurn(places, times, say);
      const sizes = await Promise.all(bundles.map((bundle) => sizeRow(bundle, starts.get(bundle.folder))));
      const others = ways.map(({ what, folder: at, bytes }) => [
        ...[what, bytes / 1e3],
        ...middles(starts.get(at)),
      ]);
      return [sizeSection(sizes, times), waySection(others), partSection(parts)];
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

/** Starts each so many times, one after the other and then all over again. */
async function startInTurn(
  places: { key: string; folder: string }[],
  times: number,
  say: (line: string) => void,
): Promise<Map<string, ColdStart[]>> {
  const starts = new Map<string, ColdStart[]>();
  for (let time = 1; time <= times; time += 1) {
    say(`cold starts, ${time} of ${times}`);
    for (const { key, folder } of places) {
      starts.set(folder, [...(starts.get(folder) ?? []), await coldStart(key, folder)]);
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
  const files = (await filesOf(folder)).filter((file) => file.endsWith('.mjs') && !/node_modules/.test(file));
  const code = Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
  return [key, bytes / 1e6, code.length / 1e3, gzipSync(code).length / 1e3, ...middles(starts)];
}

/** Bytes of the bundle by what they come from: our own code, or a package. */
async function partsOf(key: string): Promise<Map<string, number>> {
  const { metafile } = await build({
    ...BUNDLING,
    metafile: true,
    write: false,
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'handlers', `${key}.ts`)],
    outdir: 'out',
  });
  const parts = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(file);
      parts.set(name, (parts.get(name) ?? 0) + bytesInOutput);
    }
  }
  return parts;
}

function packageOf(file: string): string {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  if (name === undefined) return 'Spillway';
  return /^@(aws-sdk|smithy|aws-crypto)\//.test(name) && !/client-/.test(name) ? 'AWS SDK, shared' : name;
}

function sizeSection(rows: Cell[][], times: number): Section {
  return {
    title: 'Size and cold start of each function',
    text: `Bundled as for a deployment, without an account. A cold start here is a fresh Node process that loads the bundle; where a function takes messages, also until an empty batch is answered, which opens its home. The middle of ${times}, all of them in turn.`,
    head: ['function', 'unpacked MB', 'code kB', 'code gzipped kB', 'load ms', 'load and open ms', 'CPU ms'],
    rows,
    notes: [
      'Lambda adds the start of its own sandbox, which is not measured here, and its processors are slower with less memory.',
      'process-csv carries DuckDB’s native library, which is loaded with it.',
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

const SHOWN = 12;

function partSection(parts: Map<string, Map<string, number>>): Section {
  const names = new Map<string, number>();
  for (const each of parts.values()) {
    for (const [name, bytes] of each) names.set(name, Math.max(names.get(name) ?? 0, bytes));
  }
  const largest = [...names].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  return {
    title: 'What each dependency adds, in kB',
    text: 'Bytes in the bundle after tree shaking, before zipping; the twelve largest.',
    head: ['', ...parts.keys()],
    rows: largest.map(([name]) => [
      name,
      ...[...parts.values()].map((each) => {
        const bytes = each.get(name);
        return bytes === undefined ? null : bytes / 1e3;
      }),
    ]),
    notes: [],
  };
}
