import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedWarning,
  ExecutionNameError,
  ExecutionsStoppedError,
  PipelineNotFoundError,
} from '../../src/executions/embedded.ts';
import { folderObjects } from '../../src/objects/folder.ts';
import { embeddedOn, single, systemClock, type Temporary, temporaryFolder } from './home.ts';

let home: Temporary;
beforeEach(async () => {
  home = await temporaryFolder();
});
afterEach(() => home.close());

const pipeline = { name: 'p', stateMachineArn: 'p' };
const ref = (name: string) => ({ name, pipeline });

/** Notes each call as an object, then waits until an object `open` is there. */
const GATED = `
  let calls = 0;
  export const step = async (input: any, { objects }: any) => {
    calls += 1;
    await objects.write({ bucket: 'calls', key: String(input.n) + '-' + process.pid + '-' + calls }, 'x');
    while (!(await objects.head({ bucket: 'gate', key: 'open' }))) await new Promise((next) => setTimeout(next, 10));
    return { done: input.n };
  };`;

const store = () => folderObjects({ root: join(home.root, 'data') });
const openGate = () => store().write({ bucket: 'gate', key: 'open' }, '');

async function calls(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store().list('calls', '')) keys.push(key);
  return keys;
}

describe('executions in this process', () => {
  it('run four at a time; the others wait their turn, and all come to their end', async () => {
    await home.pipeline('p', single(), { 'only.ts': GATED });
    const { executions, reports } = await embeddedOn(home);
    for (let n = 0; n < 10; n += 1) await executions.start({ ...ref(`e${n}`), input: JSON.stringify({ n }) });
    await expect.poll(calls).toHaveLength(4);
    expect((await executions.describe(ref('e9')))?.status).toBe('running');
    // A fifth call would come within these rounds, if nothing held it back.
    for (let round = 0; round < 20; round += 1) expect(await calls()).toHaveLength(4);
    await openGate();
    await expect.poll(() => reports, { timeout: 10_000 }).toHaveLength(10);
    expect(await calls()).toHaveLength(10);
  });

  it('say so when a name comes again with another input, and keep to the first', async () => {
    await home.pipeline('p', single(), { 'only.ts': 'export const step = async (input: unknown) => input;' });
    const warnings: EmbeddedWarning[] = [];
    const { executions, reports } = await embeddedOn(home, { warn: (warning) => warnings.push(warning) });
    await executions.start({ ...ref('e'), input: '1' });
    await executions.start({ ...ref('e'), input: '1' });
    expect(warnings).toEqual([]);
    await executions.start({ ...ref('e'), input: '2' });
    expect(warnings).toEqual([{ kind: 'different-input', execution: 'e' }]);
    await expect.poll(() => reports).toHaveLength(1);
    expect(reports[0]?.output).toBe('1');
  });

  it('refuse names that are no file names, and pipelines that are not there', async () => {
    await mkdir(join(home.root, 'pipelines'), { recursive: true });
    const { executions } = await embeddedOn(home);
    for (const name of ['', '../up', 'a/b', 'x'.repeat(81), 'é', '.', 'a b']) {
      await expect(executions.start({ ...ref(name), input: '{}' })).rejects.toBeInstanceOf(
        ExecutionNameError,
      );
      expect(await executions.describe(ref(name))).toBeNull();
    }
    await expect(executions.start({ ...ref('ok'), input: '{}' })).rejects.toBeInstanceOf(
      PipelineNotFoundError,
    );
    expect(await executions.describe(ref('ok'))).toBeNull();
  });

  it('report an end again when taking it failed', async () => {
    await home.pipeline('p', single(), { 'only.ts': 'export const step = async () => 1;' });
    let attempts = 0;
    const { executions } = await embeddedOn(home, {
      clock: { ...systemClock, sleep: async () => {} },
      report: async () => {
        attempts += 1;
        if (attempts < 3) throw new Error('the table did not answer');
      },
    });
    await executions.start({ ...ref('e'), input: '{}' });
    await expect.poll(() => attempts).toBe(3);
    await expect.poll(() => readdir(join(home.root, 'executions/running'))).toEqual([]);
  });

  it('report an end after a restart when nobody took it before', async () => {
    await home.pipeline('p', single(), { 'only.ts': 'export const step = async () => 1;' });
    const warnings: EmbeddedWarning[] = [];
    const before = await embeddedOn(home, {
      clock: { ...systemClock, sleep: async () => {} },
      report: () => Promise.reject(new Error('never')),
      warn: (warning) => warnings.push(warning),
    });
    await before.executions.start({ ...ref('e'), input: '{}' });
    await expect.poll(() => warnings.map(({ kind }) => kind)).toEqual(['unreported']);
    const after = await embeddedOn(home);
    expect(await after.executions.resume()).toEqual(['e']);
    expect(after.reports).toMatchObject([{ name: 'e', status: 'succeeded' }]);
    const again = await embeddedOn(home);
    expect(await again.executions.resume()).toEqual([]);
  });

  it('that were cut off by a stop begin again under the same name', async () => {
    await home.pipeline('p', single(), { 'only.ts': GATED });
    const before = await embeddedOn(home);
    for (let n = 0; n < 6; n += 1)
      await before.executions.start({ ...ref(`e${n}`), input: JSON.stringify({ n }) });
    await expect.poll(calls).toHaveLength(4);
    await before.executions.stop(0);
    await expect(before.executions.start({ ...ref('late'), input: '{}' })).rejects.toBeInstanceOf(
      ExecutionsStoppedError,
    );
    expect(before.reports).toEqual([]);
    const after = await embeddedOn(home);
    await openGate();
    expect(await after.executions.resume()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
    await expect.poll(() => after.reports, { timeout: 10_000 }).toHaveLength(6);
    expect(after.reports.map(({ status }) => status)).toEqual(Array(6).fill('succeeded'));
    const kept = JSON.parse(await readFile(join(home.root, 'executions/ended/e0.json'), 'utf8'));
    expect(kept).toMatchObject({ restarts: 1, redrives: 0 });
  });

  it('that run when asked to stop may end within the grace', async () => {
    await home.pipeline('p', single(), { 'only.ts': GATED });
    const { executions, reports } = await embeddedOn(home);
    await executions.start({ ...ref('e'), input: '{"n":1}' });
    await expect.poll(calls).toHaveLength(1);
    const stopped = executions.stop(20_000);
    await openGate();
    await stopped;
    expect(reports).toMatchObject([{ name: 'e', status: 'succeeded' }]);
  });

  it('begin again when the batch is started anew before anybody resumed', async () => {
    await home.pipeline('p', single(), { 'only.ts': GATED });
    const before = await embeddedOn(home);
    const first = await before.executions.start({ ...ref('e'), input: '{"n":1}' });
    await expect.poll(calls).toHaveLength(1);
    await before.executions.stop(0);
    const after = await embeddedOn(home);
    await openGate();
    const again = await after.executions.start({ ...ref('e'), input: '{"n":1}' });
    expect(again).toEqual({ ...first, already: true });
    await expect.poll(() => after.reports).toHaveLength(1);
    expect(await after.executions.resume()).toEqual([]);
  });

  it('whose pipeline was taken away in between end as failed and say so', async () => {
    await home.pipeline('p', single(), { 'only.ts': GATED });
    const before = await embeddedOn(home);
    await before.executions.start({ ...ref('e'), input: '{"n":1}' });
    await before.executions.stop(0);
    const after = await embeddedOn(home, { pipelines: new Map() });
    await after.executions.resume();
    await expect.poll(() => after.reports).toHaveLength(1);
    expect(after.reports[0]).toMatchObject({ status: 'failed', error: 'PipelineNotFoundError' });
  });

  it('that cannot be kept are refused with the file and what to do', async () => {
    await home.pipeline('p', single(), { 'only.ts': 'export const step = async () => 1;' });
    const { executions } = await embeddedOn(home);
    // Where the file would be written first there is a folder.
    await mkdir(join(home.root, 'executions/running/e.json.partial'), { recursive: true });
    await expect(executions.start({ ...ref('e'), input: '{}' })).rejects.toThrow(
      /^Cannot write .*executions\/running\/e\.json: .* Check that the folder is there/,
    );
  });

  it('refuse to guess at a damaged file', async () => {
    await home.pipeline('p', single(), { 'only.ts': 'export const step = async () => 1;' });
    const { executions, reports } = await embeddedOn(home);
    await executions.start({ ...ref('e'), input: '{}' });
    await expect.poll(() => reports).toHaveLength(1);
    await writeFile(join(home.root, 'executions/ended/e.json'), '{"name":"e","sta');
    const other = await embeddedOn(home);
    await expect(other.executions.describe(ref('e'))).rejects.toMatchObject({ name: 'ExecutionFileError' });
  });
});

describe('kill -9', () => {
  it('leaves nothing behind of what steps kept for themselves', async () => {
    await home.pipeline('p', single(), {
      'only.ts':
        'export const step = async (_: unknown, { scratch }: { scratch(): Promise<string> }) => scratch();',
    });
    const left = join(home.root, 'executions', 'scratch', 'spillway-step-killed');
    await mkdir(left, { recursive: true });
    const { executions, reports } = await embeddedOn(home);
    await executions.resume();
    expect(existsSync(left)).toBe(false);
    await executions.start({ name: 'e', pipeline: { name: 'p', stateMachineArn: 'p' }, input: '{}' });
    await expect.poll(() => reports).toHaveLength(1);
    const folder = JSON.parse(reports[0]?.output ?? '""');
    expect(folder).toContain(join(home.root, 'executions', 'scratch'));
    expect(existsSync(folder)).toBe(false);
  });

  it('at any moment leaves executions that come to exactly one end under their names', async () => {
    await home.pipeline('p', single(), { 'only.ts': GATED });
    const program = `
      import { join } from 'node:path';
      import { embeddedExecutions } from ${JSON.stringify(join(import.meta.dirname, '../../src/executions/embedded.ts'))};
      import { loadPipelines } from ${JSON.stringify(join(import.meta.dirname, '../../src/executions/pipelines.ts'))};
      import { folderObjects } from ${JSON.stringify(join(import.meta.dirname, '../../src/objects/folder.ts'))};
      const root = ${JSON.stringify(home.root)};
      const executions = embeddedExecutions({
        pipelines: await loadPipelines(join(root, 'pipelines')),
        folder: join(root, 'executions'),
        objects: folderObjects({ root: join(root, 'data') }),
        clock: { now: Date.now, sleep: (ms) => new Promise((done) => setTimeout(done, ms)), random: Math.random },
        report: async () => {},
      });
      await executions.resume();
      for (let n = 0; n < 6; n += 1) {
        const ref = { name: 'e' + n, pipeline: { name: 'p', stateMachineArn: 'p' } };
        await executions.start({ ...ref, input: JSON.stringify({ n }) });
      }
      console.log('started');
      setInterval(() => {}, 1_000);`;
    await writeFile(join(home.root, 'program.ts'), program);
    for (let cycle = 0; cycle < 2; cycle += 1) {
      const child = spawn(process.execPath, [join(home.root, 'program.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    expect((await readdir(join(home.root, 'executions/running'))).length).toBe(6);
    expect(existsSync(join(home.root, 'executions/ended'))).toBe(false);
    await openGate();
    const { executions, reports } = await embeddedOn(home);
    await executions.resume();
    await expect.poll(() => reports, { timeout: 10_000 }).toHaveLength(6);
    expect(reports.map(({ name }) => name).toSorted()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
    expect(await readdir(join(home.root, 'executions/running'))).toEqual([]);
  }, 60_000);
});
