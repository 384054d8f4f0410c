import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLING, filesOf } from '../../infra/bundle.ts';

/** A function bundled otherwise than for a deployment. */
export interface Otherwise {
  what: string;
  folder: string;
  bytes: number;
}

/** Ways not to bundle: each leaves one measure out, the last all of them. */
const WAYS: readonly (readonly [string, BuildOptions])[] = [
  ['as deployed', {}],
  ['one file with all that is needed later', { splitting: false }],
  ['node:http imported, not required', { plugins: [] }],
  ['names of functions and classes kept', { keepNames: true }],
  ['with blanks and line ends', { minifyWhitespace: false, minifySyntax: false }],
  ['all of these', { splitting: false, plugins: [], keepNames: true, minifyWhitespace: false }],
];

/** Bundles a function in each of these ways. @param bundled its folder as it would be deployed */
export async function bundledOtherwise(
  root: string,
  key: string,
  bundled: string,
  buildFolder: string,
): Promise<Otherwise[]> {
  const all: Otherwise[] = [];
  for (const [what, options] of WAYS) {
    const folder = join(buildFolder, `way-${all.length}`);
    const { metafile } = await build({
      ...BUNDLING,
      ...options,
      metafile: true,
      absWorkingDir: root,
      entryPoints: [{ in: join(root, 'handlers', `${key}.ts`), out: `handlers/${key}` }],
      outdir: folder,
    });
    for (const file of await filesOf(bundled)) {
      if (!file.endsWith('.mjs')) await cp(file, join(folder, file.slice(bundled.length)));
    }
    const bytes = Object.values(metafile.outputs).reduce((total, output) => total + output.bytes, 0);
    all.push({ what, folder, bytes });
  }
  return all;
}
