import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLING, type Bundle, filesOf } from '../../infra/bundle.ts';
import type { Section } from '../bench.ts';

/** Bytes of a function by what they come from: our own code, or a package. */
export type Parts = Map<string, number>;

export const OWN = 'Spillway';
export const SHARED = 'AWS SDK, shared';

/** What is bundled, and the packages that lie beside it because native code cannot be. */
export async function partsOf(root: string, { key, folder }: Bundle): Promise<Parts> {
  const { metafile } = await build({
    ...BUNDLING,
    metafile: true,
    write: false,
    absWorkingDir: root,
    entryPoints: [join(root, 'handlers', `${key}.ts`)],
    outdir: 'out',
  });
  const parts: Parts = new Map();
  const add = (file: string, bytes: number) => {
    const name = packageOf(file);
    parts.set(name, (parts.get(name) ?? 0) + bytes);
  };
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) add(file, bytesInOutput);
  }
  for (const file of await filesOf(folder)) {
    if (file.includes('node_modules')) add(file, (await stat(file)).size);
  }
  return parts;
}

function packageOf(file: string): string {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  if (name === undefined) return OWN;
  return /^@(aws-sdk|smithy|aws-crypto)\//.test(name) && !/client-/.test(name) ? SHARED : name;
}

const SHOWN = 12;

export function partSection(parts: ReadonlyMap<string, Parts>): Section {
  const names: Parts = new Map();
  for (const each of parts.values()) {
    for (const [name, bytes] of each) names.set(name, Math.max(names.get(name) ?? 0, bytes));
  }
  const largest = [...names].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  return {
    title: 'What each dependency adds, in kB',
    text: 'Bytes in the bundle after tree shaking, and of packages that are copied beside it because their native code cannot be bundled; before zipping; the twelve largest.',
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
