import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buckets } from '../../infra/buckets.ts';
import { serviceEnvironment } from '../../infra/environment.ts';
import { checkLimits, StackLimitError } from '../../infra/limits.ts';
import type { Template } from '../../infra/osls.ts';
import { PipelineFolderError } from '../../infra/pipeline-folders.ts';
import { StepTwiceError, stepFunctions } from '../../infra/pipelines.ts';
import { queues } from '../../infra/queues.ts';
import { functionRoles } from '../../infra/roles.ts';
import { objectRules } from '../../infra/rules.ts';
import { flushSchedules } from '../../infra/schedules.ts';
import { readStack, StageInvalidError } from '../../infra/stack.ts';
import { packageStack } from './package-stack.ts';

interface StackOfOptions {
  stage?: string;
  pipelinesFolder?: string;
  buckets?: object;
}

const PACKAGE_MS_MAX = 180_000;
const PIPELINES = join(import.meta.dirname, '../../pipelines');
const QUEUE_SETTINGS = { timeout: 60, window: 2, receives: 10 };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-limits-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function stackOf(
  routes: object,
  { buckets: declared = { landing: {} }, ...options }: StackOfOptions = {},
) {
  const routesFile = join(folder, 'routes.yml');
  const defaults = { batch: { count: 10, window: '1h' }, pipeline: 'process-files' };
  await writeFile(routesFile, JSON.stringify({ buckets: declared, defaults, routes }));
  return readStack({ stage: 'prod', pipelinesFolder: PIPELINES, ...options, routesFile });
}

const many = (count: number, more: object = {}) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `route-${index}`,
      { bucket: 'landing', prefix: `in/${index}/`, ...more },
    ]),
  );

const listOf = (count: number) => Array.from({ length: count }, (_, index) => [`O${index}`, {}] as const);

const rulesOf = (count: number, Properties: Record<string, unknown>) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`Rule${index}`, { Type: 'AWS::Events::Rule', Properties }]),
  );

const graphOf = (metrics: number) => ({
  'Fn::Sub': JSON.stringify({ widgets: [{ properties: { metrics: listOf(metrics) } }] }),
});

describe('what AWS limits', () => {
  test('is kept by five hundred plain routes', async () => {
    const stack = await stackOf(many(500));
    const rules = objectRules(stack);
    expect(Object.keys(rules).length).toBeLessThan(20);
    const Resources = { ...rules, ...buckets(stack), ...queues(stack, QUEUE_SETTINGS) };
    expect(() => checkLimits({ Resources })).not.toThrow();
  });

  test('is counted before anything is uploaded: resources', async () => {
    const stack = await stackOf(many(130, { queue: 'dedicated' }));
    const Resources = { ...objectRules(stack), ...queues(stack, QUEUE_SETTINGS) };
    expect(() => checkLimits({ Resources })).toThrow(StackLimitError);
    expect(() => checkLimits({ Resources })).toThrow(
      /The stack has 5\d\d resources; AWS allows 500\. .+dedicated/,
    );
  });

  test('is counted before anything is uploaded: rules of a bus', async () => {
    const stack = await stackOf(many(301, { queue: 'dedicated' }));
    expect(() => checkLimits({ Resources: objectRules(stack) })).toThrow(
      /The stack has 301 event rules; AWS allows 300\./,
    );
  });

  test('is counted before anything is uploaded: the environment of functions, and the policies of roles', async () => {
    const stack = await stackOf(many(1));
    const [pipeline] = stack.pipelines;
    const names = Array.from({ length: 60 }, (_, index) => `pipeline-${index}`);
    const pipelines = names.map((name) => ({ ...pipeline!, name, steps: [] }));
    const crowded = { ...stack, pipelines, pipelineIds: new Map(names.map((name) => [name, name])) };
    const variables = serviceEnvironment(crowded, { eventBus: 'default', logKeys: 'true' });
    const api = { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: variables } } };
    expect(() => checkLimits({ Resources: { Api: api } })).toThrow(
      /bytes of environment in Api; AWS allows 4096/,
    );
    expect(() => checkLimits({ Resources: functionRoles(crowded, { eventBus: 'default' }) })).toThrow(
      /characters of policies in \w+Role; AWS allows 10240/,
    );
    expect(() => checkLimits({ Resources: functionRoles(stack, { eventBus: 'default' }) })).not.toThrow();
  });

  test('is kept by the policies of roles, however many prefixes and buckets there are', async () => {
    const spread = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [
        `route-${index}`,
        {
          bucket: `bucket-${index % 30}`,
          prefix: `in/${index}/`,
          output: { bucket: 'out', prefix: `${index}/` },
        },
      ]),
    );
    const names = [...Array.from({ length: 30 }, (_, index) => `bucket-${index}`), 'out'];
    const stack = await stackOf(spread, { buckets: Object.fromEntries(names.map((name) => [name, {}])) });
    const Resources = { ...buckets(stack), ...functionRoles(stack, { eventBus: 'default' }) };
    expect(() => checkLimits({ Resources })).not.toThrow();
  });

  test.each<[string, Partial<Template>, RegExp]>([
    ['outputs', { Outputs: Object.fromEntries(listOf(201)) }, /201 outputs; AWS allows 200/],
    [
      'rules with wildcards',
      { Resources: rulesOf(31, { EventPattern: { detail: { a: [{ wildcard: 'a*b' }] } } }) },
      /31 rules with wildcards; AWS allows 30/,
    ],
    [
      'characters of a pattern',
      { Resources: rulesOf(1, { EventPattern: { detail: { a: [{ prefix: 'x'.repeat(2_048) }] } } }) },
      /characters of event pattern in Rule0; AWS allows 2048/,
    ],
    ['targets', { Resources: rulesOf(1, { Targets: [1, 2, 3, 4, 5, 6] }) }, /6 targets of rule Rule0/],
    [
      'bytes of the template',
      { Resources: { A: { Type: 'any', Properties: { text: 'x'.repeat(1 << 20) } } } },
      /bytes of template; AWS allows 1048576/,
    ],
    [
      'metrics of a graph',
      {
        Resources: { A: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: graphOf(501) } } },
      },
      /501 metrics in a graph; AWS allows 500/,
    ],
  ])('is counted before anything is uploaded: %s', (_what, { Resources = {}, Outputs = {} }, message) => {
    expect(() => checkLimits({ Resources, Outputs })).toThrow(message);
  });

  test(
    'is counted in what is really packaged',
    async () => {
      const routesFile = join(folder, 'routes.yml');
      await stackOf(many(100, { queue: 'dedicated', output: undefined }));
      await expect(packageStack(routesFile)).rejects.toThrow(
        /The stack has 5\d\d resources; AWS allows 500\. A dedicated queue takes five/,
      );
    },
    PACKAGE_MS_MAX,
  );

  test('is kept by the names of queues and schedules, however long a route is called', async () => {
    const long = 'r'.repeat(64);
    const flush = [{ cron: '0 8 * * ? *' }];
    const stack = await stackOf(
      { [long]: { bucket: 'landing', prefix: 'a/', queue: 'dedicated', flush } },
      { stage: 'a-stage-of-16-ch' },
    );
    const names = Object.values(queues(stack, QUEUE_SETTINGS)).map(({ Properties }) => Properties?.QueueName);
    const texts = names.filter((name) => typeof name === 'string');
    expect(Math.max(...texts.map(({ length }) => length))).toBe(80);
    const [schedule] = Object.values(flushSchedules(stack));
    expect(String(schedule?.Properties?.Name)).toMatch(/^cron-r+-[0-9a-f]{8}-0$/);
    expect(String(schedule?.Properties?.Name).length).toBeLessThanOrEqual(64);
  });
});

describe('what cannot be deployed is refused with what was expected', () => {
  test.each(['Prod', '', 'a-stage-of-17-chs', '1st', 'a_b'])('the stage %j', async (stage) => {
    await expect(stackOf(many(1), { stage })).rejects.toThrow(StageInvalidError);
  });

  test.each([
    ['another pipeline', 'a-b', 'c', 'a', 'b-c'],
    ['a function of serverless.yml', 'process', 'csv', 'a', 'b'],
  ])('a step that would be the function of %s', async (_whose, first, firstStep, second, secondStep) => {
    const stack = await stackOf(many(1));
    const folderOf = (name: string, step: string) => ({
      ...{ name, definition: '', permissions: [] },
      steps: [{ name: step, placeholder: 'Any', file: `/${name}/${step}.ts` }],
    });
    const pipelines = [folderOf(first, firstStep), folderOf(second, secondStep)];
    expect(() => stepFunctions({ ...stack, pipelines }, '/')).toThrow(StepTwiceError);
    expect(stepFunctions({ ...stack, pipelines: [folderOf('d', 'e')] }, '/')).toHaveProperty('d-e');
  });

  test('a route whose queue would have the name of another', async () => {
    const stack = await stackOf({ dlq: { bucket: 'landing', prefix: 'a/', queue: 'dedicated' } });
    expect(() => checkLimits({ Resources: queues(stack, QUEUE_SETTINGS) })).toThrow(
      /IngestDlq and IngestQueueDlq would both be called "spillway-prod-ingest-dlq"\. Rename the route/,
    );
  });

  test('a step whose function would have too long a name', async () => {
    const stack = await stackOf(many(1));
    const pipeline = {
      name: 'a-pipeline-with-a-rather-long-name',
      definition: '',
      permissions: [],
      steps: [
        { name: 'and-a-step-with-one', placeholder: 'AndAStepWithOne', file: '/and-a-step-with-one.ts' },
      ],
    };
    expect(() => stepFunctions({ ...stack, pipelines: [pipeline] }, '/')).toThrow(
      /of 68 characters; Lambda allows 64/,
    );
  });

  test.each([
    [
      'a Task of another service',
      '{"Type":"Task","Resource":"arn:aws:states:::glue:startJobRun.sync","End":true}',
      /existing state machine/,
    ],
    [
      'a Task without a step',
      '{"Type":"Task","Resource":"${CountArn}","End":true}',
      /the step of "A" is missing; expected .*count\.ts/,
    ],
  ])('%s', async (_what, state, message) => {
    const home = join(folder, 'mine');
    await mkdir(home);
    await writeFile(join(home, 'definition.asl'), `{"StartAt":"A","States":{"A":${state}}}`);
    const reading = stackOf(many(1, { pipeline: 'mine' }), { pipelinesFolder: folder });
    await expect(reading).rejects.toThrow(PipelineFolderError);
    await expect(reading).rejects.toThrow(message);
  });
});
