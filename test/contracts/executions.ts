import { describe, expect } from 'vitest';
import type { ExecutionReport, Executions } from '../../src/executions/executions.ts';
import { contractTests, type Skip } from './skips.ts';

export interface ExecutionsUnderTest {
  executions: Executions;
  /** Reports delivered so far. */
  reports(): ExecutionReport[];
  /**
   * Brings a running execution to its end: nothing where it ends by itself. The pipelines `works` (its output is
   * its input) and `fails` (with error `Broken`) are there.
   */
  letEnd(name: string, pipeline: 'works' | 'fails'): Promise<void>;
  close(): Promise<void>;
}

const ref = (name: string, pipeline: 'works' | 'fails' = 'works') => ({
  name,
  pipeline: { name: pipeline, stateMachineArn: pipeline },
});

/** What every driver of executions does. */
export function executionsContract(
  name: string,
  open: () => Promise<ExecutionsUnderTest>,
  skip: Skip[] = [],
): void {
  const { test, end } = contractTests(skip);

  const run = async (subject: ExecutionsUnderTest, id: string, pipeline: 'works' | 'fails' = 'works') => {
    const started = await subject.executions.start({ ...ref(id, pipeline), input: '{"a":1}' });
    await subject.letEnd(id, pipeline);
    await expect.poll(() => subject.reports().some((report) => report.name === id)).toBe(true);
    return started;
  };

  describe(`executions contract: ${name}`, () => {
    test('an execution that was started runs to an end by itself, and its end is reported', async () => {
      const subject = await open();
      const started = await run(subject, 'first');
      expect(started).toMatchObject({ already: false });
      const [report] = subject.reports();
      expect(report).toMatchObject({ name: 'first', status: 'succeeded', redrives: 0 });
      expect(JSON.parse(report?.output ?? '')).toEqual({ a: 1 });
      expect(report?.startedAt).toBe(started.startedAt);
      expect(report?.endedAt).toBeGreaterThanOrEqual(started.startedAt);
      await subject.close();
    });

    test('a failure is reported with error and cause', async () => {
      const subject = await open();
      await run(subject, 'failing', 'fails');
      expect(subject.reports()[0]).toMatchObject({ status: 'failed', error: 'Broken', cause: 'on purpose' });
      expect(await subject.executions.describe(ref('failing', 'fails'))).toMatchObject({
        status: 'failed',
        error: 'Broken',
        cause: 'on purpose',
      });
      await subject.close();
    });

    test('a name that was used starts nothing and says so, while it runs and after its end', async () => {
      const subject = await open();
      const first = await subject.executions.start({ ...ref('same'), input: '{}' });
      const second = await subject.executions.start({ ...ref('same'), input: '{}' });
      expect([first.already, second.already]).toEqual([false, true]);
      expect(second).toMatchObject({ execution: first.execution, startedAt: first.startedAt });
      await subject.letEnd('same', 'works');
      await expect.poll(() => subject.reports()).toHaveLength(1);
      const third = await subject.executions.start({ ...ref('same'), input: '{}' });
      expect(third).toMatchObject({ already: true, startedAt: first.startedAt });
      const other = await subject.executions.start({ ...ref('same'), input: '{"other":true}' });
      expect(other.already).toBe(true);
      expect((await subject.executions.describe(ref('same')))?.status).toBe('succeeded');
      expect(subject.reports()).toHaveLength(1);
      await subject.close();
    });

    test('of many starts of one name at the same time exactly one starts it', async () => {
      const subject = await open();
      const starts = await Promise.all(
        Array.from({ length: 20 }, () => subject.executions.start({ ...ref('racing'), input: '{}' })),
      );
      expect(starts.filter(({ already }) => !already)).toHaveLength(1);
      await subject.letEnd('racing', 'works');
      await expect.poll(() => subject.reports()).toHaveLength(1);
      await subject.close();
    });

    test('an execution by an unknown name is described as null and has no trace', async () => {
      const subject = await open();
      expect(await subject.executions.describe(ref('nobody'))).toBeNull();
      expect(await subject.executions.trace(ref('nobody'), { from: 0, limit: 10 })).toEqual({
        entries: [],
        more: false,
        dropped: 0,
      });
      await subject.close();
    });

    test('a trace begins with the start and ends with the end', async () => {
      const subject = await open();
      await run(subject, 'traced');
      const { entries, more } = await subject.executions.trace(ref('traced'), { from: 0, limit: 1_000 });
      expect(more).toBe(false);
      expect(entries.at(0)?.kind).toBe('started');
      expect(entries.at(-1)?.kind).toBe('succeeded');
      await subject.close();
    });

    test('a trace is read a page at a time', async () => {
      const subject = await open();
      await run(subject, 'paged');
      const whole = await subject.executions.trace(ref('paged'), { from: 0, limit: 1_000 });
      const pages = [];
      for (let from = 0; from < 1_000; from += 1) {
        const page = await subject.executions.trace(ref('paged'), { from, limit: 1 });
        pages.push(...page.entries);
        if (!page.more) break;
      }
      expect(pages).toEqual(whole.entries);
      await subject.close();
    });

    test('a trace shows every state that was entered and left', async () => {
      const subject = await open();
      await run(subject, 'states');
      const { entries } = await subject.executions.trace(ref('states'), { from: 0, limit: 1_000 });
      expect(entries.map(({ kind, state }) => [kind, state])).toEqual([
        ['started', ''],
        ['entered', 'Only'],
        ['exited', 'Only'],
        ['succeeded', ''],
      ]);
      await subject.close();
    });

    end();
  });
}
