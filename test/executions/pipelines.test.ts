import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedDefinitions } from '../../src/executions/checked-definitions.ts';
import { loadPipelines, PipelineError } from '../../src/executions/pipelines.ts';
import { embeddedOn, single, type Temporary, task, temporaryFolder } from './home.ts';

let home: Temporary;
beforeEach(async () => {
  home = await temporaryFolder();
});
afterEach(() => home.close());

const STEP = 'export const step = async (input: unknown) => ({ got: input });\n';

describe('pipelines in a folder', () => {
  it('become usable by being put there', async () => {
    await home.pipeline('first', single(), { 'only.ts': STEP });
    expect([...(await home.load()).keys()]).toEqual(['first']);
    await home.pipeline('second', single(), { 'only.ts': STEP });
    const { executions, reports } = await embeddedOn(home);
    await executions.start({
      name: 'x',
      pipeline: { name: 'second', stateMachineArn: '' },
      input: '{"a":1}',
    });
    await expect.poll(() => reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ name: 'x', status: 'succeeded', output: '{"got":{"a":1}}' });
  });

  it('are passed over when they have no definition', async () => {
    await mkdir(join(home.root, 'pipelines', 'notes'), { recursive: true });
    await writeFile(join(home.root, 'pipelines', 'README.md'), 'hello');
    expect((await home.load()).size).toBe(0);
  });

  it('that the product ships are loaded', async () => {
    const pipelines = await loadPipelines(join(import.meta.dirname, '../../pipelines'));
    expect([...pipelines.keys()]).toContain('process-files');
    expect(
      [...(pipelines.get('process-files')?.tasks ?? [])].map(([state, { kind }]) => [state, kind]),
    ).toEqual([
      ['Check File Extensions', 'step'],
      ['Process CSV', 'step'],
      ['Collect Results', 'step'],
      ['Notify Failures', 'publish'],
    ]);
  });

  it('are not checked again when they were found valid, until they change', async () => {
    const file = join(home.root, 'kept', 'pipelines.json');
    const load = () => loadPipelines(join(home.root, 'pipelines'), file);
    const invalid = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'Gone' } } });
    await home.pipeline('p', invalid);
    await expect(load()).rejects.toThrow(PipelineError);
    const checked = await checkedDefinitions(file);
    checked.add(invalid);
    await checked.keep();
    expect((await load()).has('p')).toBe(true);
    await home.pipeline('p', `${invalid} `);
    await expect(load()).rejects.toThrow(PipelineError);
  });

  it('are remembered as valid from one start to the next, and no longer than they are there', async () => {
    const file = join(home.root, 'kept', 'pipelines.json');
    const text = JSON.stringify(single());
    await home.pipeline('p', text, { 'only.ts': STEP });
    await loadPipelines(join(home.root, 'pipelines'), file);
    expect((await checkedDefinitions(file)).knows(text)).toBe(true);
    await rm(join(home.root, 'pipelines', 'p'), { recursive: true });
    await loadPipelines(join(home.root, 'pipelines'), file);
    expect((await checkedDefinitions(file)).knows(text)).toBe(false);
  });

  it('are all checked where the memory of it is damaged or cannot be kept', async () => {
    await home.pipeline('p', single(), { 'only.ts': STEP });
    const file = join(home.root, 'pipelines.json');
    for (const content of ['[', '{"a":1}', 'null']) {
      await writeFile(file, content);
      expect((await loadPipelines(join(home.root, 'pipelines'), file)).has('p')).toBe(true);
    }
    const below = join(file, 'below');
    expect((await loadPipelines(join(home.root, 'pipelines'), below)).has('p')).toBe(true);
  });

  it('find a step by the name of its function in lower case with dashes', async () => {
    const States = { A: task('ConvertCSVToParquet2', { End: true }) };
    await home.pipeline('p', { StartAt: 'A', States }, { 'convert-csv-to-parquet2.ts': STEP });
    expect((await home.load()).has('p')).toBe(true);
  });

  const inMap = (state: object) => ({
    StartAt: 'M',
    States: {
      M: { Type: 'Map', ItemProcessor: { StartAt: 'Only', States: { Only: state } }, End: true },
    },
  });
  const cases: [string, unknown, Record<string, string>, string | null, RegExp][] = [
    ['not JSON', '{ "StartAt": ', {}, null, /it is not JSON/],
    ['not a state machine', { States: [] }, {}, null, /it is not a state machine/],
    [
      'a target that is missing',
      single({ Next: 'Nowhere' }),
      { 'only.ts': STEP },
      null,
      /MISSING_TRANSITION_TARGET/,
    ],
    ['a step that is missing', single(), {}, 'Only', /only\.ts does not exist/],
    ['a step inside a Map that is missing', inMap(task('Only', { End: true })), {}, 'Only', /does not exist/],
    [
      'a step without a function',
      single(),
      { 'only.ts': 'export const step = 1;' },
      'Only',
      /does not export/,
    ],
    ['a step that cannot be loaded', single(), { 'only.ts': 'throw new Error("broken")' }, 'Only', /broken/],
    [
      'no TimeoutSeconds',
      single({ TimeoutSeconds: undefined, End: true }),
      {},
      'Only',
      /needs TimeoutSeconds/,
    ],
    [
      'too many seconds',
      single({ TimeoutSeconds: 2_147_484, End: true }),
      { 'only.ts': STEP },
      'Only',
      /2147484/,
    ],
    [
      'another resource',
      single({ Resource: 'arn:aws:states:::sqs:sendMessage', End: true }),
      {},
      'Only',
      /is not supported/,
    ],
    ['JSONata', { ...single(), QueryLanguage: 'JSONata' }, { 'only.ts': STEP }, null, /JSONata/],
    [
      'a distributed Map',
      {
        StartAt: 'M',
        States: {
          M: {
            Type: 'Map',
            ItemProcessor: {
              ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
              ...single(),
            },
            End: true,
          },
        },
      },
      { 'only.ts': STEP },
      'M',
      /DISTRIBUTED/,
    ],
    [
      'a name used twice',
      {
        StartAt: 'Only',
        States: {
          Only: task('Only', { Next: 'M' }),
          M: {
            Type: 'Map',
            ItemProcessor: { StartAt: 'Only', States: { Only: task('Only', { End: true }) } },
            End: true,
          },
        },
      },
      { 'only.ts': STEP },
      'Only',
      /used twice/,
    ],
  ];

  it.each(cases)('say what is wrong and where: %s', async (_name, definition, steps, state, message) => {
    await home.pipeline('broken', definition, steps);
    const error: unknown = await home.load().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PipelineError);
    expect(error).toMatchObject({ state, file: expect.stringContaining('broken/definition.asl') });
    expect(String(error)).toMatch(message);
  });
});
