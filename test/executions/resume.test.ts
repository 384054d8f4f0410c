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
