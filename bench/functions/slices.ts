import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { BUNDLING } from '../../infra/bundle.ts';

/** What a function takes of one package, with what that needs itself: to be started as a function is. */
export interface Slice {
  key: string;
  folder: string;
  name: string;
  /** Whether the function takes it at its start, or when it needs it. */
  when: 'at the start' | 'when needed';
}

/**
 * Bundles it into a folder below the function's. The function is bundled without the package first: what it then
 * imports from there is what it takes.
 */
export async function sliceOf(root: string, key: string, within: string, name: string): Promise<Slice> {
  const external = [...(BUNDLING.external ?? []), name];
  const { outputFiles, metafile } = await build({
    ...{ ...BUNDLING, external, metafile: true, write: false, absWorkingDir: root, outdir: 'out' },
    entryPoints: [join(root, 'handlers', `${key}.ts`)],
  });
  const first = loadedFirst(metafile, `out/${key}.mjs`);
  const code = outputFiles.filter(({ path }) => first.has(path.slice(root.length + 1)));
  const taken = takenFrom(name, code.map(({ text }) => text).join('\n'));
  const slice = { key: `slice-${name.replaceAll(/\W/g, '-')}`, folder: join(within, SLICES), name };
  await build({
    ...{ ...BUNDLING, outdir: slice.folder, entryNames: `handlers/${slice.key}` },
    stdin: { resolveDir: root, contents: taken || `export * as all from ${JSON.stringify(name)};` },
  });
  return { ...slice, when: taken === '' ? 'when needed' : 'at the start' };
}

export const SLICES = 'slices';

/** A file and those that are loaded with it, not those that are imported later. */
function loadedFirst({ outputs }: Metafile, file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const { path, kind, external } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && !external) loadedFirst({ inputs: {}, outputs }, path, found);
  }
  return found;
}

/** The same imports as exports, under names that cannot meet. */
function takenFrom(name: string, code: string): string {
  const imports = new RegExp(`import([^;"']+)from ?"(${name}(?:/[^"]*)?)"`, 'g');
  return [...code.matchAll(imports)]
    .map(([, clause = '', path], statement) => {
      const listed = /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? [];
      const names = listed.map((entry) => entry.trim().split(' ')[0] ?? '');
      const all = /\* ?as ([\w$]+)/.exec(clause)?.[1];
      if (all)
        names.push(...[...code.matchAll(new RegExp(`\\b${all}\\.(\\w+)`, 'g'))].map(([, used = '']) => used));
      if (/^ ?[\w$]/.test(clause)) names.push('default');
      const renamed = [...new Set(names)].map((each, index) => `${each} as s${statement}_${index}`);
      return `export { ${renamed.join(', ')} } from ${JSON.stringify(path)};`;
    })
    .join('\n');
}
