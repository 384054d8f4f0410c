import { access, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import type { Configuration } from '../src/routes/configuration.ts';
import { packRoutes } from '../src/routes/packed.ts';
import { leaveLazy } from './bundle-plugin.ts';
import { type Architecture, nativeFolder } from './duckdb.ts';

/** Lambda's limit for a function's files (Lambda developer guide, quotas). */
const UNZIPPED_MAX = 250 * 1024 * 1024;

export interface Bundle {
  /** The function's key. */
  key: string;
  /** The folder that becomes its zip. */
  folder: string;
  bytes: number;
}

export interface BundleOptions {
  root: string;
  /** Where folders are made, one for each function. */
  buildFolder: string;
  /** routes.yml, read and checked. */
  configuration: Configuration;
  architecture: Architecture;
  /** False leaves DuckDB's native library out: the function cannot run, but its template can be judged. */
  withNative: boolean;
}

/** A function is larger than Lambda allows. */
export class BundleTooLargeError extends Error {
  override readonly name = 'BundleTooLargeError';
  readonly key: string;
  readonly bytes: number;

  constructor(key: string, bytes: number) {
    super(
      `The function ${key} has ${Math.ceil(bytes / 1024 / 1024)} MB unzipped; Lambda allows 250 MB. ` +
        'Look for a large dependency of its step.',
    );
    this.key = key;
    this.bytes = bytes;
  }
}

/** A function's file is missing. */
export class HandlerMissingError extends Error {
  override readonly name = 'HandlerMissingError';

  constructor(key: string, file: string) {
    super(`The function ${key} of serverless.yml has no file; expected ${file}, exporting "handler".`);
  }
}

/**
 * Bundles one function into a folder of its own, with what it reads at run time beside it.
 *
 * @param handler as in serverless.yml: `handlers/ingest.handler`, or a step that somebody added:
 *   `pipelines/mine/convert.handler`
 * @throws HandlerMissingError, BundleTooLargeError, NativeLibraryError
 */
export async function bundleFunction(key: string, handler: string, options: BundleOptions): Promise<Bundle> {
  const { root, buildFolder, configuration } = options;
  const path = handler.replace(/\.[^.]+$/, '');
  const source = join(root, `${path}.ts`);
  await access(source).catch(() => {
    throw new HandlerMissingError(key, source);
  });
  const folder = join(buildFolder, key);
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...BUNDLING,
    ...(path.startsWith('handlers/')
      ? { entryPoints: [{ in: source, out: path }] }
      : { ...NAMES_KEPT, stdin: stepEntry(root, path), entryNames: path }),
    absWorkingDir: root,
    outdir: folder,
  });
  const inputs = Object.keys(metafile?.inputs ?? {});
  const outputs = Object.values(metafile?.outputs ?? {});
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  if (inputs.some((input) => input.endsWith('src/environment.ts'))) {
    await writeFile(join(folder, 'routes.json'), packRoutes(configuration));
  }
  const external = outputs.flatMap(({ imports }) => imports.map((found) => found.path));
  if (external.includes('@duckdb/node-api')) await addDuckdb(folder, options);
  const bytes = await sizeOf(folder);
  if (bytes > UNZIPPED_MAX) throw new BundleTooLargeError(key, bytes);
  return { key, folder, bytes };
}

/** How every function is bundled. */
export const BUNDLING: BuildOptions = {
  bundle: true,
  metafile: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // What is imported later is a file of its own, read only then: most of the SDK's ways to find credentials, for one.
  splitting: true,
  chunkNames: 'later/[name]-[hash]',
  mainFields: ['module', 'main'],
  conditions: ['module'],
  plugins: [leaveLazy],
  // Names stay as they are written, for stack traces; lines of the source would take maps, which would double the zip.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  // Native code cannot be bundled; it is copied beside the function that needs it.
  external: ['@duckdb/*'],
  // Some dependencies are CommonJS and call require for modules of Node.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
};

/**
 * For steps of others: Step Functions matches on the names of errors, and a class may take its name from itself. It costs
 * 20 ms of a cold start; our own errors state their names.
 */
const NAMES_KEPT: BuildOptions = { keepNames: true };

/** A step that somebody added has no file in handlers/. */
function stepEntry(root: string, path: string) {
  return {
    resolveDir: root,
    sourcefile: `${path}.handler.ts`,
    loader: 'ts' as const,
    contents: [
      `import { step } from './${path}.ts';`,
      "import { stepHandler } from './src/executions/lambda-step.ts';",
      'export const handler = stepHandler(step);',
    ].join('\n'),
  };
}

async function addDuckdb(folder: string, { root, buildFolder, architecture, withNative }: BundleOptions) {
  const modules = join(folder, 'node_modules', '@duckdb');
  for (const name of ['node-api', 'node-bindings']) {
    await cp(join(root, 'node_modules', '@duckdb', name), join(modules, name), { recursive: true });
  }
  if (!withNative) return;
  const native = await nativeFolder(root, dirname(buildFolder), architecture);
  await mkdir(modules, { recursive: true });
  await cp(native.folder, join(modules, native.name), { recursive: true });
}

export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = await Promise.all((await filesOf(folder)).map(async (file) => (await stat(file)).size));
  return sizes.reduce((total, size) => total + size, 0);
}

/** The version of an installed package. */
export async function installedVersion(root: string, name: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
