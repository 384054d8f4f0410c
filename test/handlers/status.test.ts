import { describe, expect, test } from 'vitest';
import { reconcile } from '../../handlers/reconcile.ts';
import { status } from '../../handlers/status.ts';
import type { ExecutionRef, ExecutionReport } from '../../src/executions/executions.ts';
import { executionArnOf } from '../../src/executions/step-functions.ts';
import { StatusChangeInvalidError } from '../../src/received/status-change.ts';
import { files, HOUR, memoryHome, policy, START } from '../service/memory-home.ts';
import { statusChange } from './events.ts';
import { quietHome } from './home.ts';

describe('status', () => {
  test('notes the end of an execution, and announces it', async () => {
    const { home, batch, input, change } = await openStatus();
    await change('RUNNING', { input });
    expect(await shown(home)).toMatchObject({ status: 'running' });
    await change('SUCCEEDED', { input });
    expect(await shown(home)).toMatchObject({ status: 'succeeded', endedAt: 1_767_600_005_000 });
    expect(home.announced.map(({ type }) => type)).toEqual([
      'Batch Closed',
      'Execution Started',
      'Execution Succeeded',
    ]);
    expect(home.announced.at(-1)?.batch.id).toBe(batch);
  });

  test('never goes backward, in whatever order changes come and how often', async () => {
    const { home, input, change } = await openStatus();
    const failed = { input, error: 'E', cause: 'c', redriveCount: 0 };
    for (const [name, detail] of [
      ['FAILED', failed],
      ['RUNNING', { input }],
      ['SUCCEEDED', { input, redriveCount: 1 }],
      ['RUNNING', { input, redriveCount: 1 }],
      ['PENDING_REDRIVE', { input, redriveCount: 0 }],
      ['FAILED', failed],
    ] as const) {
      await change(name, detail);
      await change(name, detail);
    }
    expect(await shown(home)).toMatchObject({ status: 'succeeded', redrives: 1 });
    const ends = home.announced.filter(({ type }) => /Succeeded|Failed/.test(type)).map(({ type }) => type);
    expect(ends).toEqual(['Execution Failed', 'Execution Succeeded']);
  });

  test.each([
    ['FAILED', 'failed'],
    ['TIMED_OUT', 'timed-out'],
    ['ABORTED', 'aborted'],
  ])('asks Step Functions for the error that a %s execution ended with', async (theirs, ours) => {
    const { home, input, change, asked, counted } = await openStatus({ error: 'HardError', cause: 'why' });
    await change(theirs, { input });
    expect(asked).toHaveLength(1);
    expect(await shown(home)).toMatchObject({ status: ours, error: 'HardError', cause: 'why' });
    expect(counted.get('ExecutionsFailed')).toBe(1);
  });

  test('asks nothing when the event says all', async () => {
    const { home, input, change, asked } = await openStatus();
    await change('FAILED', { input, error: 'HardError', cause: 'why' });
    expect(asked).toEqual([]);
    expect(await shown(home)).toMatchObject({ status: 'failed', error: 'HardError', cause: 'why' });
  });

  test('asks for an input that was too large for the event', async () => {
    const { home, change, asked } = await openStatus();
    const dropped = { input: null, inputDetails: { included: false }, output: null };
    await change('SUCCEEDED', dropped);
    expect(asked).toHaveLength(1);
    expect(await shown(home)).toMatchObject({ status: 'succeeded' });
  });

  test('comes before the batch has its item, and both are there afterwards', async () => {
    const { home, batch, input, change } = await openStatus({}, { withItem: false });
    expect(await shown(home)).toBeUndefined();
    await change('SUCCEEDED', { input });
    expect(await shown(home)).toMatchObject({ id: batch, status: 'succeeded' });
  });

  test("passes over executions that are not Spillway's, and asks nothing about them", async () => {
    const { home, service, asked } = await openStatus();
    const before = home.announced.length;
    const handle = (event: unknown) => status(event, service);
    await handle(statusChange('nightly-import', 'FAILED', { input: '{"a":1}' }));
    await handle(statusChange('nightly-import', 'FAILED', { input: null }));
    await handle(statusChange('sales-0123456789ab-1-0123456789ab', 'SUCCEEDED', { input: '{"a":1}' }));
    await handle(statusChange('sales-0123456789ab-1-0123456789ab', 'SUCCEEDED', { input: 'no JSON' }));
    expect(asked).toEqual([]);
    expect(home.announced).toHaveLength(before);
  });

  test('passes over another state machine, though it was given the name and the input of a batch', async () => {
    const { home, batch, input, service } = await openStatus();
    const before = home.announced.length;
    await status(statusChange(batch, 'SUCCEEDED', { input }), service);
    expect(await shown(home)).toMatchObject({ status: 'running' });
    expect(home.announced).toHaveLength(before);
  });

  test.each([null, {}, { source: 'aws.s3' }, { ...statusChange('x', 'FAILED'), detail: {} }])(
    'refuses what is no status change (%j)',
    async (event) => {
      const { service } = await openStatus();
      await expect(status(event, service)).rejects.toThrow(StatusChangeInvalidError);
    },
  );
});

describe('reconcile', () => {
  test('does what was undone and counts it', async () => {
    const home = memoryHome({ count: 2 });
    const dying = home.process({
      executions: {
        ...home.executions,
        start: async () => {
          throw new Error('throttled');
        },
      },
      commands: { send: async () => {} },
    });
    await dying.append(files(3));
    home.time.now = START + 2 * HOUR;
    const { measures, logger, counted } = quietHome();
    const service = home.process({ observe: measures.observe });
    expect(await reconcile({}, { service, measures, logger })).toMatchObject({ started: 1, rearmed: 1 });
    measures.publish();
    expect(home.executions.running()).toHaveLength(1);
    expect(counted.get('ReconcileRuns')).toBe(1);
    expect(counted.get('ReconcileRepairs')).toBeGreaterThanOrEqual(2);
  });

  test('says that it looked when there is nothing to do', async () => {
    const { measures, logger, counted } = quietHome();
    await reconcile({}, { service: memoryHome().process(), measures, logger });
    measures.publish();
    expect(counted.get('ReconcileRuns')).toBe(1);
    expect(counted.get('ReconcileRepairs')).toBe(0);
  });
});

/** A batch whose execution runs, and a Step Functions that says of it what it is told to. */
async function openStatus(told: { error?: string; cause?: string } = {}, { withItem = true } = {}) {
  const home = memoryHome({ count: 2 });
  const { measures, counted } = quietHome();
  const start: typeof home.executions.start = async (request) => ({
    ...(await home.executions.start(request)),
    execution: executionArnOf(request),
  });
  const starting = withItem
    ? home.process({ executions: { ...home.executions, start } })
    : home.process({
        commands: { send: async () => {} },
        executions: {
          ...home.executions,
          start: async (request) => {
            await home.executions.start(request);
            throw new Error('the answer was lost');
          },
        },
      });
  await starting.append(files(2));
  const [call] = home.executions.calls;
  const { name: batch, input } = call!;
  const asked: ExecutionRef[] = [];
  let now: Partial<ExecutionReport> = {};
  const executions = {
    async report(ref: ExecutionRef): Promise<ExecutionReport> {
      asked.push(ref);
      const ended = { status: 'succeeded' as const, redrives: 0, startedAt: START, endedAt: START + 5_000 };
      return { name: batch, input, ...ended, ...now, ...told };
    },
  };
  const ours = home.process({ executions: { ...home.executions, start } });
  const service = { service: ours, executions, measures };
  const executionArn = executionArnOf({ name: batch, pipeline: policy().pipeline });
  const change = async (name: string, detail: Record<string, unknown>) => {
    const statuses = { FAILED: 'failed', TIMED_OUT: 'timed-out', ABORTED: 'aborted' } as const;
    now = name in statuses ? { status: statuses[name as keyof typeof statuses] } : {};
    await status(statusChange(batch, name, { executionArn, ...detail }), service);
    measures.publish();
  };
  return { home, batch, input, asked, counted, change, service };
}

async function shown(home: ReturnType<typeof memoryHome>) {
  return (await home.ports.projections.batches('sales', { limit: 1 })).items[0];
}
