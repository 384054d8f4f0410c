import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Template } from './template.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** A stack as `serverless package` leaves it. */
export interface PackagedStack {
  template: Template;
  /** Folders that became the zips, by function key. */
  functionsFolder: string;
  remove(): Promise<void>;
}

/**
 * Packages this repository with other routes, without an account or a network, in a folder of its own: two may do so at
 * the same time.
 */
export async function packageStack(
  routesFile: string,
  parameters: Record<string, string> = {},
): Promise<PackagedStack> {
  const home = await mkdtemp(join(tmpdir(), 'spillway-stack-'));
  const remove = () => rm(home, { recursive: true, force: true });
  try {
    const entries = (await readdir(ROOT, { withFileTypes: true })).filter(
      ({ name }) => !/^\.|^pipelines$/.test(name),
    );
    for (const entry of entries) {
      const [from, to] = [join(ROOT, entry.name), join(home, entry.name)];
      // osls does not take a link for its serverless.yml.
      await (entry.isDirectory() ? symlink(from, to) : copyFile(from, to));
    }
    await mkdir(join(home, 'pipelines'));
    await symlink(join(ROOT, 'pipelines/process-files'), join(home, 'pipelines/process-files'));
    const added = join(import.meta.dirname, 'pipelines/count-files');
    await cp(added, join(home, 'pipelines/count-files'), { recursive: true });
    const all = { routes: routesFile, nativeLibrary: 'omit', email: 'somebody@example.org', ...parameters };
    const list = Object.entries(all).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
    const osls = join(ROOT, 'node_modules/osls/bin/serverless.js');
    const { AWS_ENDPOINT_URL: _endpoint, ...environment } = process.env;
    const packaging = run(process.execPath, [osls, 'package', '--stage', 'test', ...list], {
      cwd: home,
      env: { ...environment, AWS_REGION: 'eu-central-1', SLS_TELEMETRY_DISABLED: '1' },
    });
    await packaging.catch((error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`serverless package failed:\n${error.stdout}\n${error.stderr}`, { cause: error });
    });
    const file = join(home, '.serverless/cloudformation-template-update-stack.json');
    const template = JSON.parse(await readFile(file, 'utf8')) as Template;
    return { template, functionsFolder: join(home, '.build/functions'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
