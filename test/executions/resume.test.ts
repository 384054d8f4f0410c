import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ExecutionReport } from '../../src/executions/executions.ts';
import { embeddedOn, single, type Temporary, temporaryFolder } from './home.ts';

let home: Temporary;
beforeEach(async () => {
  home = await temporaryFolder();
});
afterEach(() => home.close());

it('lets the taker of an end that a dead process did not report ask for the start again', async () => {
  await home.pipeline('p', single(), { 'only.ts': 'export const step = async (input: unknown) => input;' });
  const request = { name: 'e', pipeline: { name: 'p', stateMachineArn: 'p' }, input: '1' };
  // As if killed: it ended, and nobody ever took the report.
  const before = await embeddedOn(home, { report: () => new Promise<never>(() => {}) });
  await before.executions.start(request);
  await expect.poll(async () => (await before.executions.describe(request))?.status).toBe('succeeded');

  const reports: ExecutionReport[] = [];
  const after = await embeddedOn(home, {
    async report(report) {
      expect(await after.executions.start(request)).toMatchObject({ already: true });
      reports.push(report);
    },
  });
  expect(await after.executions.resume()).toEqual(['e']);
  expect(reports).toMatchObject([{ name: 'e', status: 'succeeded' }]);
  expect(await after.executions.resume()).toEqual([]);
});

it('takes nothing from the steps that run before it, while it clears away what killed ones left', async () => {
  await home.pipeline('p', single(), {
    'only.ts': `import { readFile, writeFile } from 'node:fs/promises';
      export const step = async (_input: unknown, { objects, scratch }: any) => {
        const file = (await scratch()) + '/mine';
        await writeFile(file, 'kept');
        await objects.write({ bucket: 'calls', key: 'e' }, '');
        while (!(await objects.head({ bucket: 'gate', key: 'open' }))) await new Promise((next) => setTimeout(next, 10));
        return readFile(file, 'utf8');
      };`,
  });
  const left = join(home.root, 'executions', 'scratch', 'spillway-step-killed');
  await mkdir(left, { recursive: true });
  await writeFile(join(left, 'file'), 'left');
  const { executions, reports } = await embeddedOn(home);
  await executions.start({ name: 'e', pipeline: { name: 'p', stateMachineArn: 'p' }, input: '{}' });
  await expect.poll(() => existsSync(join(home.root, 'data', 'calls', 'e'))).toBe(true);
  await executions.resume();
  expect(existsSync(left)).toBe(false);
  await mkdir(join(home.root, 'data', 'gate'), { recursive: true });
  await writeFile(join(home.root, 'data', 'gate', 'open'), '');
  await expect.poll(() => reports).toMatchObject([{ status: 'succeeded', output: '"kept"' }]);
});
