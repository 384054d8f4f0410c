import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openAws } from '../../src/aws.ts';
import { EnvironmentError, readEnvironment } from '../../src/environment.ts';
import { stepHandler } from '../../src/executions/lambda-step.ts';
import { RetryableError } from '../../src/executions/step.ts';
import { lambdaHandler } from '../../src/lambda.ts';
import { folderObjects } from '../../src/objects/folder.ts';
import { NotDeployedError } from '../../src/routes/aws-routes.ts';
import { writePackagedRoutes } from './packaged-routes.ts';

const context = {
  awsRequestId: 'request-1',
  functionName: 'f',
  getRemainingTimeInMillis: () => 60_000,
} as Context;

let folder: string;
let printed: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-lambda-'));
  await writePackagedRoutes(folder, ROUTES, ['process-files']);
  printed = [];
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Spillway');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'spillway');
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, level).mockImplementation((text: string) => void printed.push(text));
  }
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('the environment of a function', () => {
  test('is read as the stack sets it', () => {
    expect(readEnvironment(variables())).toEqual({
      stage: 'prod',
      table: 'spillway-prod-table',
      commandsQueueUrl: 'https://sqs/commands',
      commandsQueueArn: 'arn:commands',
      commandsDeadLetterArn: 'arn:dlq',
      scheduleGroup: 'spillway-prod',
      schedulerRoleArn: 'arn:role',
      manifestBucket: 'manifests',
      eventBus: 'default',
      buckets: { landing: 'spillway-prod-landing-111122223333', curated: 'my-curated' },
      pipelines: { 'process-files': 'arn:machine' },
      logKeys: true,
      routesFile: join(folder, 'routes.json'),
    });
  });

  test.each(Object.keys(variables('/')))('without %s is refused by that name', (name) => {
    for (const value of [undefined, '']) {
      const refused = () => readEnvironment({ ...variables(), [name]: value });
      expect(refused).toThrow(EnvironmentError);
      expect(refused).toThrow(name);
    }
  });

  test.each([
    ['SPILLWAY_BUCKETS', 'landing'],
    ['SPILLWAY_BUCKETS', '[]'],
    ['SPILLWAY_BUCKETS', '{"landing":7}'],
    ['SPILLWAY_PIPELINES', '{"p":""}'],
    ['SPILLWAY_LOG_KEYS', 'yes'],
  ])('with %s = %s is refused by that name', (name, value) => {
    expect(() => readEnvironment({ ...variables(), [name]: value })).toThrow(name);
  });
});

describe('a home on AWS', () => {
  test('routes by the names that buckets got, and hands them on', async () => {
    const { routes, sources } = await openAws(readEnvironment(variables()));
    const bucket = 'spillway-prod-landing-111122223333';
    expect(routes.router.route({ bucket, key: 'in/a.csv' })).toMatchObject({ route: 'sales' });
    expect(routes.router.route({ bucket: 'landing', key: 'in/a.csv' })).toBeNull();
    expect(routes.router.policy('sales')).toMatchObject({
      pipeline: { name: 'process-files', stateMachineArn: 'arn:machine' },
      output: { bucket: 'my-curated', prefix: 'out/' },
    });
    expect(routes.router.policy('mine')?.pipeline).toEqual({
      name: 'Existing',
      stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:Existing',
    });
    expect(sources.routes[0]?.bucket).toBe(bucket);
    expect(sources.nearest({ bucket, key: 'im/a.csv' })).toContain('sales');
  });

  test.each([
    [{ SPILLWAY_BUCKETS: '{"curated":"c"}' }, 'bucket "landing"'],
    [{ SPILLWAY_PIPELINES: '{}' }, 'process-files'],
  ])('does not open when routes.yml and stack do not fit (%j)', async (changed, named) => {
    const opening = openAws(readEnvironment({ ...variables(), ...changed }));
    await expect(opening).rejects.toThrow(named);
  });

  test('names what was not deployed', async () => {
    const opening = openAws(readEnvironment({ ...variables(), SPILLWAY_BUCKETS: '{}' }));
    await expect(opening).rejects.toThrow(NotDeployedError);
  });
});

describe('a function', () => {
  const open = () => openAws(readEnvironment(variables()));

  test('opens its home once and publishes what each event measured, failed ones too', async () => {
    const opened = vi.fn(open);
    const handler = lambdaHandler(async (event: { fail: boolean }, { measures }) => {
      measures.count('Events', 2);
      if (event.fail) throw new RetryableError('not now');
      return 'done';
    }, opened);
    expect(await handler({ fail: false }, context)).toBe('done');
    await expect(handler({ fail: true }, context)).rejects.toMatchObject({ name: 'RetryableError' });
    expect(opened).toHaveBeenCalledTimes(1);
    const published = metricsIn(printed);
    expect(published).toHaveLength(2);
    expect(published[0]).toMatchObject({ Events: 2, service: 'spillway', stage: 'prod' });
    expect(published[0]?._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'Spillway',
        Dimensions: [['service', 'stage']],
        Metrics: [{ Name: 'Events', Unit: 'Count' }],
      },
    ]);
    const failure = printed.map(parsed).find(({ level }) => level === 'ERROR');
    expect(failure).toMatchObject({ requestId: 'request-1', stage: 'prod', error: { message: 'not now' } });
  });

  test('fails every event by name when its home cannot be opened', async () => {
    const handler = lambdaHandler(
      async () => 'never',
      async () => openAws(readEnvironment({})),
    );
    for (let event = 0; event < 2; event += 1) {
      await expect(handler({}, context)).rejects.toMatchObject({ name: 'EnvironmentError' });
    }
  });

  test('throws errors by their names alone where keys may not be logged: Lambda logs them, too', async () => {
    const quiet = () => openAws(readEnvironment({ ...variables(), SPILLWAY_LOG_KEYS: 'false' }));
    const handler = lambdaHandler(async () => {
      throw new RetryableError('partners/secret.csv');
    }, quiet);
    const failure: Error = await handler({}, context).catch((error) => error);
    expect(failure.name).toBe('RetryableError');
    expect([...printed, failure.message, failure.stack].join()).not.toContain('secret');
  });

  test('never logs what a request carried', async () => {
    const handler = lambdaHandler(async () => {
      throw new Error('broken');
    }, open);
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 …',
      'x-amz-security-token': 'IQoJb3JpZ2luX2VjEXAMPLE',
    };
    await expect(handler({ headers }, context)).rejects.toThrow('broken');
    expect(printed.length).toBeGreaterThan(0);
    expect(printed.join('\n')).not.toMatch(/AWS4-HMAC|IQoJb3/);
  });
});

describe('a step as a function', () => {
  test('gets the input, its tools and a clean folder, and gives back what the step does', async () => {
    let scratch = '';
    const handler = stepHandler(
      async (input, tools) => {
        scratch = await tools.scratch();
        await tools.objects.write({ bucket: 'out', key: 'a' }, 'x');
        return { input, at: tools.now() };
      },
      { objects: folderObjects({ root: folder }), clock: { now: () => 7 } },
    );
    expect(await handler({ batch: 1 })).toEqual({ input: { batch: 1 }, at: 7 });
    expect(scratch).toContain('spillway-step-');
  });

  test('throws errors by the names that Retry and Catch match', async () => {
    class HeaderError extends Error {
      override readonly name = 'HeaderError';
    }
    const home = { objects: folderObjects({ root: folder }), clock: { now: () => 0 } };
    const hard = stepHandler(async () => {
      throw new HeaderError('the header');
    }, home);
    await expect(hard({})).rejects.toMatchObject({ name: 'HeaderError', message: 'the header' });
    const soft = stepHandler((_input, { objects }) => objects.read({ bucket: 'b', key: 'k' }), {
      ...home,
      objects: { ...home.objects, read: () => Promise.reject(new Error('timeout')) },
    });
    await expect(soft({})).rejects.toMatchObject({ name: 'RetryableError' });
  });

  test.each(['check-file-extensions', 'process-csv', 'collect-results'])(
    '%s refuses nonsense',
    async (name) => {
      const { handler } = await import(`../../handlers/${name}.ts`);
      await expect(handler({ nonsense: true })).rejects.toThrow();
    },
  );
});

const ROUTES = `
buckets: { landing: {}, curated: { name: my-curated } }
defaults: { batch: { count: 100, window: 1h } }
routes:
  sales: { bucket: landing, prefix: in/, pipeline: process-files, output: { bucket: curated, prefix: out/ } }
  mine:
    bucket: landing
    prefix: mine/
    pipeline: { stateMachineArn: "arn:aws:states:eu-central-1:111122223333:stateMachine:Existing" }
`;

function variables(root = folder): Record<string, string | undefined> {
  return {
    SPILLWAY_STAGE: 'prod',
    SPILLWAY_TABLE: 'spillway-prod-table',
    SPILLWAY_COMMANDS_QUEUE_URL: 'https://sqs/commands',
    SPILLWAY_COMMANDS_QUEUE_ARN: 'arn:commands',
    SPILLWAY_COMMANDS_DLQ_ARN: 'arn:dlq',
    SPILLWAY_SCHEDULE_GROUP: 'spillway-prod',
    SPILLWAY_SCHEDULER_ROLE_ARN: 'arn:role',
    SPILLWAY_MANIFEST_BUCKET: 'manifests',
    SPILLWAY_EVENT_BUS: 'default',
    SPILLWAY_BUCKETS: '{"landing":"spillway-prod-landing-111122223333","curated":"my-curated"}',
    SPILLWAY_PIPELINES: '{"process-files":"arn:machine"}',
    SPILLWAY_LOG_KEYS: 'true',
    LAMBDA_TASK_ROOT: root,
  };
}

type Printed = Record<string, unknown> & { _aws: { CloudWatchMetrics: unknown } };

function parsed(text: string): Printed {
  return JSON.parse(text);
}

function metricsIn(lines: string[]): Printed[] {
  return lines.map(parsed).filter((line) => '_aws' in line);
}
