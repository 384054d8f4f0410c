import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionReport } from '../../src/executions/executions.ts';
import { embeddedOn, single, type Temporary, task, temporaryFolder } from './home.ts';

let home: Temporary;
beforeEach(async () => {
  home = await temporaryFolder();
});
afterEach(() => home.close());

let runs = 0;

/** Runs one execution of the machine to its end. */
async function run(
  definition: unknown,
  step: string,
  input: unknown = {},
  options: Parameters<typeof embeddedOn>[1] = {},
): Promise<ExecutionReport & { driver: Awaited<ReturnType<typeof embeddedOn>> }> {
  runs += 1;
  // A module is loaded once per file name and process, so every run gets a pipeline of its own.
  await home.pipeline(`p${runs}`, definition, { 'only.ts': step });
  const driver = await embeddedOn(home, options);
  const pipeline = { name: `p${runs}`, stateMachineArn: '' };
  await driver.executions.start({ name: `e${runs}`, pipeline, input: JSON.stringify(input) });
  await expect.poll(() => driver.reports, { timeout: 20_000 }).toHaveLength(1);
  return { ...driver.reports[0]!, driver };
}

const caught = (...names: string[]) => ({
  StartAt: 'Only',
  States: {
    Only: task('Only', { Catch: [{ ErrorEquals: names, Next: 'Caught' }], End: true }),
    Caught: { Type: 'Pass', End: true },
  },
});

describe('between steps there is nothing but JSON', () => {
  it('undefined becomes null, dates texts, and classes their data', async () => {
    const ended = await run(
      single(),
      'export const step = async () => ({ a: undefined, d: new Date(0), m: new Map([[1, 2]]) });',
    );
    expect(JSON.parse(ended.output ?? '')).toEqual({ d: '1970-01-01T00:00:00.000Z', m: {} });
    expect((await run(single(), 'export const step = async () => undefined;')).output).toBe('null');
  });

  it('a step cannot change what another state sees', async () => {
    const definition = {
      StartAt: 'Only',
      States: { Only: task('Only', { ResultPath: '$.result', End: true }) },
    };
    const ended = await run(
      definition,
      'export const step = async (input: any) => { input.list.push(9); return input.list.length; };',
      { list: [1] },
    );
    expect(JSON.parse(ended.output ?? '')).toEqual({ list: [1], result: 2 });
  });
});

describe('what a step throws arrives as Lambda reports it', () => {
  const cases: [string, string, string, string][] = [
    [
      'an error of a class',
      'class HardError extends Error { override name = "HardError"; } throw new HardError("broken");',
      'HardError',
      'broken',
    ],
    ['a plain TypeError', 'null.x;', 'TypeError', 'Cannot read properties of null'],
    ['null', 'throw null;', 'object', 'null'],
    ['a text', 'throw "words";', 'string', 'words'],
    [
      'quotes, backslashes and newlines',
      'throw Object.assign(new Error("a\\"b\\\\c\\nd"), { name: "My.Custom-Error" });',
      'My.Custom-Error',
      'a"b\\c\nd',
    ],
    [
      'fields by which the interpreter is steered',
      'throw Object.assign(new Error("x"), { name: "E", isCatchable: false, isRetryable: false });',
      'E',
      'x',
    ],
  ];

  it.each(cases)('%s', async (_name, body, error, message) => {
    const ended = await run(
      caught('States.ALL'),
      `export const step = async () => { ${body.replace('null.x', '(null as any).x')} };`,
    );
    const output = JSON.parse(ended.output ?? '');
    expect(output.Error).toBe(error);
    expect(JSON.parse(output.Cause)).toMatchObject({
      errorType: error,
      errorMessage: expect.stringContaining(message),
    });
    const uncaught = await run(
      single(),
      `export const step = async () => { ${body.replace('null.x', '(null as any).x')} };`,
    );
    expect(uncaught).toMatchObject({ status: 'failed', error });
    expect(uncaught.cause).not.toMatch(/at .*\.ts/);
  });
});

describe('256 KiB', () => {
  const big = 'export const step = async (n: any) => "x".repeat(n.n - 2);';
  const step = (bytes: number) => [big, { n: bytes }] as const;

  it('may be returned by a step, and one byte more fails it, by a name that Catch knows', async () => {
    const [source, exact] = step(262_144);
    expect(await run(single(), source, exact)).toMatchObject({ status: 'succeeded' });
    const [, more] = step(262_145);
    const failed = await run(single(), source, more);
    expect(failed).toMatchObject({ status: 'failed', error: 'States.DataLimitExceeded' });
    expect(failed.cause).toContain('262145 bytes');
    const ended = await run(caught('States.DataLimitExceeded'), source, more);
    expect(ended.status).toBe('succeeded');
    expect(JSON.parse(ended.output ?? '').Error).toBe('States.DataLimitExceeded');
  });

  it('is counted in bytes of UTF-8', async () => {
    const ended = await run(single(), 'export const step = async () => "é".repeat(140_000);');
    expect(ended).toMatchObject({ error: 'States.DataLimitExceeded' });
  });

  it('is the limit of an execution’s input too', async () => {
    const ended = await run(single(), 'export const step = async () => 1;', { x: 'x'.repeat(262_144) });
    expect(ended).toMatchObject({ status: 'failed', error: 'States.DataLimitExceeded' });
  });

  it('is the limit of what a Map puts together', async () => {
    const definition = {
      StartAt: 'All',
      States: {
        All: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemProcessor: { StartAt: 'Only', States: { Only: task('Only', { End: true }) } },
          End: true,
        },
      },
    };
    const ended = await run(definition, 'export const step = async () => "x".repeat(100_000);', {
      items: [1, 2, 3],
    });
    expect(ended).toMatchObject({ status: 'failed', error: 'States.DataLimitExceeded' });
    const fewer = await run(definition, 'export const step = async () => "x".repeat(100_000);', {
      items: [1, 2],
    });
    expect(fewer).toMatchObject({ status: 'succeeded' });
  });
});

describe('retries', () => {
  it('wait 1 s, then 1.5 times as long, as the definition says', async () => {
    const retry = [{ ErrorEquals: ['RetryableError'], IntervalSeconds: 1, BackoffRate: 1.5, MaxAttempts: 2 }];
    const source = `
      let calls = 0;
      export const step = async () => {
        calls += 1;
        if (calls < 3) throw Object.assign(new Error('not yet'), { name: 'RetryableError' });
        return calls;
      };`;
    const ended = await run(single({ Retry: retry, End: true }), source);
    expect(ended).toMatchObject({ status: 'succeeded', output: '3' });
    const { entries } = await ended.driver.executions.trace(
      { name: ended.name, pipeline: { name: '', stateMachineArn: '' } },
      { from: 0, limit: 100 },
    );
    const failed = entries.filter(({ kind }) => kind === 'failed');
    const retried = entries.filter(({ kind }) => kind === 'retried');
    expect(retried.map(({ attempt }) => attempt)).toEqual([2, 3]);
    const waits = retried.map(({ at }, index) => at - (failed[index]?.at ?? 0));
    // Never early: timers may fire 1 ms before their time by the wall clock.
    expect(waits[0]).toBeGreaterThanOrEqual(990);
    expect(waits[1]).toBeGreaterThanOrEqual(1_490);
  });
});

describe('after its end', () => {
  it('an execution calls no further item of a Map', async () => {
    const definition = {
      StartAt: 'All',
      States: {
        All: {
          Type: 'Map',
          MaxConcurrency: 2,
          ItemsPath: '$.items',
          ItemProcessor: { StartAt: 'Only', States: { Only: task('Only', { End: true }) } },
          End: true,
        },
      },
    };
    const source = `
      export const step = async (item: any, tools: any) => {
        await tools.objects.write({ bucket: 'calls', key: String(item) }, 'called');
        if (item === 3) throw new Error('third');
        return item;
      };`;
    const ended = await run(definition, source, { items: Array.from({ length: 40 }, (_, n) => n) });
    expect(ended.status).toBe('failed');
    await ended.driver.executions.stop(1_000);
    const { folderObjects } = await import('../../src/objects/folder.ts');
    const { join } = await import('node:path');
    const called: string[] = [];
    for await (const { key } of folderObjects({ root: join(home.root, 'data') }).list('calls', ''))
      called.push(key);
    expect(called.length).toBeGreaterThanOrEqual(4);
    expect(called.length).toBeLessThan(10);
  });

  it('by its own time limit it is timed-out', async () => {
    const definition = { ...single({ TimeoutSeconds: 30, End: true }), TimeoutSeconds: 1 };
    const ended = await run(
      definition,
      'export const step = () => new Promise((done) => setTimeout(done, 3_000));',
    );
    expect(ended).toMatchObject({ status: 'timed-out', error: 'States.Timeout' });
  });

  it('a step’s temporary folders are gone, also when it threw', async () => {
    const source = `
      export const step = async (_input: unknown, tools: any) => { throw new Error(await tools.scratch()); };`;
    const ended = await run(single(), source);
    const { existsSync } = await import('node:fs');
    const folder = JSON.parse(ended.cause ?? '').errorMessage;
    expect(folder).toContain('spillway-step-');
    expect(existsSync(folder)).toBe(false);
  });
});

describe('sns:publish', () => {
  const publishing = (parameters: object, more: object = {}) => ({
    StartAt: 'Tell',
    States: {
      Tell: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sns:publish',
        TimeoutSeconds: 5,
        Parameters: parameters,
        End: true,
        ...more,
      },
    },
  });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as a definition says it
  const TopicArn = '${FailureTopicArn}';

  it('keeps the notification with the execution', async () => {
    const ended = await run(publishing({ TopicArn, Subject: 'Hello', Message: 'naïve 😀' }), '');
    expect(ended.status).toBe('succeeded');
    expect(await ended.driver.executions.notifications(ended.name)).toMatchObject([
      { topic: 'FailureTopic', subject: 'Hello', message: 'naïve 😀' },
    ]);
  });

  const refused: [string, object][] = [
    ['a subject of 100 characters', { TopicArn, Subject: 'x'.repeat(100), Message: 'm' }],
    ['a subject beyond ASCII', { TopicArn, Subject: 'é', Message: 'm' }],
    ['a subject of two lines', { TopicArn, Subject: 'a\nb', Message: 'm' }],
    ['an empty message', { TopicArn, Message: '' }],
    ['no topic', { Message: 'm' }],
  ];

  it.each(refused)('refuses %s, as SNS does', async (_name, parameters) => {
    expect(await run(publishing(parameters), '')).toMatchObject({
      status: 'failed',
      error: 'SNS.InvalidParameterException',
    });
  });
});

describe('a trace', () => {
  it('names the item of a Map and the branch of a Parallel state in its path', async () => {
    const item = { StartAt: 'Only', States: { Only: task('Only', { End: true }) } };
    const definition = {
      StartAt: 'All',
      States: {
        All: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: item, Next: 'Both' },
        Both: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'Left', States: { Left: { Type: 'Pass', End: true } } }],
          End: true,
        },
      },
    };
    const ended = await run(definition, 'export const step = async (item: unknown) => item;', {
      items: ['a', 'b'],
    });
    const { entries } = await ended.driver.executions.trace(
      { name: ended.name, pipeline: { name: '', stateMachineArn: '' } },
      { from: 0, limit: 100 },
    );
    const lines = entries.map(({ kind, path, state }) => `${kind} ${path} ${state}`);
    expect(lines).toContain('item-started All[1] All');
    expect(lines).toContain('entered All[1] Only');
    expect(lines).toContain('item-succeeded All[1] All');
    expect(lines).toContain('entered Both Left');
    expect(lines[0]).toBe('started  ');
    expect(lines.at(-1)).toBe('succeeded  ');
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted((a, b) => a - b));
  });

  it('is capped in its texts and its entries, and says how many are left out', async () => {
    const item = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
    const definition = {
      StartAt: 'All',
      States: { All: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: item, End: true } },
    };
    const items = Array.from({ length: 2_000 }, (_, n) => `${n}`.padEnd(100, 'x'));
    const ended = await run(definition, '', { items });
    const page = await ended.driver.executions.trace(
      { name: ended.name, pipeline: { name: '', stateMachineArn: '' } },
      { from: 0, limit: 100_000 },
    );
    expect(page.entries.length).toBeLessThanOrEqual(5_001);
    expect(page.dropped).toBeGreaterThan(2_000);
    expect(page.entries.at(-1)?.kind).toBe('succeeded');
    for (const { input = '', output = '' } of page.entries) {
      expect(Math.max(input.length, output.length)).toBeLessThanOrEqual(8_193);
    }
  });
});
