import { describe, expect, test } from 'vitest';
import { type ApiQuestions, apiChecks } from '../../src/doctor/api.ts';
import { look } from '../../src/doctor/check.ts';
import { stackChecks } from '../../src/doctor/stack.ts';

const NOW = Date.parse('2026-11-02T08:00:00Z');

/** The checks that are not ok, where the API says so and the clock here moves on by 100 ms at every look. */
async function amiss(answers: { skewMs?: number; msLeft?: number; version?: string; problems?: string[] }) {
  let now = NOW;
  const ask: ApiQuestions = {
    health: async () => ({
      version: answers.version ?? '1.0.0',
      now: new Date(NOW + 150 + (answers.skewMs ?? 0)).toISOString(),
      problems: answers.problems ?? [],
    }),
    nextWindow: async () =>
      answers.msLeft === undefined ? null : { route: 'sales', partition: '', msLeft: answers.msLeft },
    routes: async () => [],
  };
  const here = {
    version: '1.0.0',
    now: () => {
      now += 100;
      return now;
    },
  };
  const checks = await apiChecks(ask, here);
  return checks.filter(({ result }) => result !== 'ok').map(({ check, result }) => `${check} ${result}`);
}

describe('the API', () => {
  test.each([
    { answers: {}, found: [] },
    { answers: { skewMs: 5_000 }, found: [] },
    { answers: { skewMs: -5_000 }, found: [] },
    { answers: { skewMs: 20_000 }, found: ['clock warning'] },
    { answers: { skewMs: -120_000 }, found: ['clock failed'] },
    { answers: { skewMs: 120_000 }, found: ['clock failed'] },
    { answers: { msLeft: 1 }, found: [] },
    { answers: { msLeft: -300_000 }, found: [] },
    { answers: { msLeft: -600_000 }, found: ['windows failed'] },
    { answers: { version: '0.9.0' }, found: ['version warning'] },
    {
      answers: { problems: ['The disk is full.', 'The pipeline is gone.'] },
      found: ['api failed', 'api failed'],
    },
  ])('that answers $answers has amiss: $found', async ({ answers, found }) => {
    expect(await amiss(answers)).toEqual(found);
  });
});

describe('the stack', () => {
  const stage = { name: 'prod', stack: 'spillway-prod', account: '1', region: 'eu-central-1' };
  test.each([
    { status: 'UPDATE_COMPLETE', result: 'ok' },
    { status: 'UPDATE_ROLLBACK_COMPLETE', result: 'warning' },
    { status: 'UPDATE_IN_PROGRESS', result: 'warning' },
    { status: 'UPDATE_ROLLBACK_IN_PROGRESS', result: 'warning' },
    { status: 'ROLLBACK_COMPLETE', result: 'failed' },
    { status: 'UPDATE_ROLLBACK_FAILED', result: 'failed' },
    { status: 'DELETE_FAILED', result: 'failed' },
  ])('at $status is $result', ({ status, result }) => {
    const [check] = stackChecks({ ...stage, status, outputs: {} }, '1.0.0');
    expect(check).toMatchObject({ check: 'stack', result });
  });

  test.each([
    { status: 'REVIEW_IN_PROGRESS', result: 'failed', wants: 'aws cloudformation delete-stack' },
    { status: 'ROLLBACK_COMPLETE', result: 'failed', wants: 'npx serverless remove --stage prod' },
    { status: 'UPDATE_ROLLBACK_FAILED', result: 'failed', wants: 'continue-update-rollback' },
    { status: 'UPDATE_ROLLBACK_COMPLETE', result: 'warning', wants: 'describe-stack-events' },
  ])('at $status is mended by $wants', ({ status, result, wants }) => {
    const [check] = stackChecks({ ...stage, status, outputs: {} }, '1.0.0');
    expect(check).toMatchObject({ result, mend: expect.stringContaining(wants) });
    expect(check?.mend).toMatch(/npx serverless deploy --stage prod$/);
  });

  test('without an output that handlers rely on names it', () => {
    const checks = stackChecks({ ...stage, status: 'UPDATE_COMPLETE', outputs: { ApiUrl: 'x' } }, '1.0.0');
    expect(checks.find(({ check }) => check === 'outputs')?.sentence).toContain('TableName');
    expect(checks.every(({ result, mend }) => result === 'ok' || mend !== undefined)).toBe(true);
  });
});

test('a look that is refused is a failed check that names the permission', async () => {
  const refused = async () => {
    throw Object.assign(new Error('not allowed'), { name: 'AccessDenied' });
  };
  expect(await look('bucket', 'lake', 's3:GetBucketNotification', refused)).toMatchObject([
    {
      result: 'failed',
      sentence: expect.stringContaining('AccessDenied'),
      mend: 'Allow yourself s3:GetBucketNotification.',
    },
  ]);
});
