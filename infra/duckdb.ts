import { execFile } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Lambda's word for a processor. */
export type Architecture = 'arm64' | 'x86_64';

/** DuckDB's native library for the functions' processor cannot be had. */
export class NativeLibraryError extends Error {
  override readonly name = 'NativeLibraryError';
  readonly command: string;

  constructor(command: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    super(`DuckDB's library for Lambda could not be installed: ${reason}. By hand: ${command}`, { cause });
    this.command = command;
  }
}

const run = promisify(execFile);

/**
 * Where DuckDB's native library for Linux lies: among the installed packages when this machine is of that kind, else
 * in a folder of its own, into which npm puts it once for each version.
 * @throws NativeLibraryError
 */
export async function nativeFolder(root: string, cache: string, architecture: Architecture) {
  const cpu = architecture === 'arm64' ? 'arm64' : 'x64';
  const name = `node-bindings-linux-${cpu}`;
  const version = await bindingsVersion(root);
  const installed = join(root, 'node_modules', '@duckdb', name);
  if (await isFor(installed, architecture)) return { name, folder: installed };
  const prefix = join(cache, `duckdb-${version}-linux-${cpu}`);
  const folder = join(prefix, 'node_modules', '@duckdb', name);
  if (await isFor(folder, architecture)) return { name, folder };
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', prefix];
  // By the package that depends on it: npm refuses to install for another processor what is asked for by name.
  const platform = [`--cpu=${cpu}`, '--os=linux', '--libc=glibc', `@duckdb/node-bindings@${version}`];
  const command = ['npm', ...args, ...platform].join(' ');
  try {
    await mkdir(prefix, { recursive: true });
    await run('npm', [...args, ...platform]);
    if (!(await isFor(folder, architecture))) throw new Error(`${folder} has no library for ${architecture}`);
  } catch (error) {
    throw new NativeLibraryError(command, error);
  }
  return { name, folder };
}

async function bindingsVersion(root: string): Promise<string> {
  const file = join(root, 'node_modules', '@duckdb', 'node-bindings', 'package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

/** Numbers of processors in the header of an ELF file (System V ABI, e_machine). */
const ELF_MACHINES: Record<Architecture, number> = { arm64: 0xb7, x86_64: 0x3e };
const ELF_MAGIC = '\x7fELF';
const MACHINE_OFFSET = 18;

/**
 * Whether a package's library is there and is for this processor under Linux: Lambda finds out only when it is called.
 */
export async function isFor(folder: string, architecture: Architecture): Promise<boolean> {
  const file = await open(join(folder, 'duckdb.node')).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MACHINE_OFFSET + 2), 0, MACHINE_OFFSET + 2, 0);
    if (bytesRead < buffer.length || buffer.toString('latin1', 0, 4) !== ELF_MAGIC) return false;
    return buffer.readUInt16LE(MACHINE_OFFSET) === ELF_MACHINES[architecture];
  } finally {
    await file.close();
  }
}
