import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/core/clock.ts';
import { type EmbeddedOptions, embeddedExecutions } from '../../src/executions/embedded.ts';
import type { ExecutionReport } from '../../src/executions/executions.ts';
import { loadPipelines } from '../../src/executions/pipelines.ts';
import { folderObjects } from '../../src/objects/folder.ts';

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
  random: Math.random,
};

/** A folder for tests with `pipelines/<name>/…` written from texts. */
export async function temporaryFolder() {
  const root = await mkdtemp(join(tmpdir(), 'spillway-executions-'));
  return {
    root,
    async pipeline(name: string, definition: unknown, steps: Record<string, string> = {}) {
      const home = join(root, 'pipelines', name);
      await mkdir(home, { recursive: true });
      const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
      await writeFile(join(home, 'definition.asl'), text);
      for (const [file, source] of Object.entries(steps)) await writeFile(join(home, file), source);
    },
    load: () => loadPipelines(join(root, 'pipelines')),
    close: () => rm(root, { recursive: true, force: true }),
  };
}

export type Temporary = Awaited<ReturnType<typeof temporaryFolder>>;

/** A driver on a temporary folder, its reports collected. */
export async function embeddedOn(home: Temporary, options: Partial<EmbeddedOptions> = {}) {
  const reports: ExecutionReport[] = [];
  const executions = embeddedExecutions({
    pipelines: await home.load(),
    folder: join(home.root, 'executions'),
    objects: folderObjects({ root: join(home.root, 'data') }),
    clock: systemClock,
    report: async (report) => {
      reports.push(report);
    },
    ...options,
  });
  return { executions, reports };
}

export const task = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: `\${${name}Arn}`,
  TimeoutSeconds: 5,
  ...more,
});

/** A machine of one Task. */
export const single = (more: object = { End: true }) => ({
  StartAt: 'Only',
  States: { Only: task('Only', more) },
});
