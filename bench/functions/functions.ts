import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLING, bundleFunction } from '../../infra/bundle.ts';
import { readStack } from '../../infra/stack.ts';
import type { Bench, Cell, Section } from '../bench.ts';
import { quantile } from '../server/figures.ts';
import { coldStart } from './cold-start.ts';

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
    try {
      const sizes: Cell[][] = [];
      const parts = new Map<string, Map<string, number>>();
      for (const key of FUNCTIONS) {
        say(`${key}: bundle and ${quick ? 3 : 7} cold starts`);
        sizes.push(await measure(key, folder, quick ? 3 : 7));
        parts.set(key, await partsOf(key));
      }
      return [sizeSection(sizes, quick ? 3 : 7), partSection(parts)];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(key: string, folder: string, times: number): Promise<Cell[]> {
  const { folder: bundle, bytes } = await bundleFunction(key, `handlers/${key}.handler`, {
    root: ROOT,
    buildFolder: join(folder, 'functions'),
    configuration: (await readStack(STACK)).configuration,
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    withNative: process.platform === 'linux',
  });
  const code = await readFile(join(bundle, 'handlers', `${key}.mjs`));
  const starts = [];
  for (let time = 0; time < times; time += 1) starts.push(await coldStart(key, bundle));
  const imports = starts.map(({ importMs }) => importMs);
  const opens = starts.flatMap(({ openMs }) => (openMs === null ? [] : [openMs]));
  return [
    key,
    bytes / 1e6,
    code.length / 1e3,
    gzipSync(code).length / 1e3,
    quantile(imports, 0.5),
    quantile(opens, 0.5),
  ];
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
    text: `Bundled as for a deployment, without an account. A cold start here is a fresh Node process that loads the bundle; where a function takes messages, also until an empty batch is answered, which opens its home. The middle of ${times}.`,
    head: ['function', 'unpacked MB', 'code kB', 'code gzipped kB', 'load ms', 'load and open ms'],
    rows,
    notes: [
      'Lambda adds the start of its own sandbox, which is not measured here, and its processors are slower with less memory.',
      'process-csv carries DuckDB’s native library, which is loaded with it.',
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
