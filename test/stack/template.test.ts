import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import validateAsl from 'asl-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXED_FUNCTIONS } from '../../infra/pipelines.ts';
import { type PackagedStack, packageStack } from './package-stack.ts';
import { alarmRules } from './rules/alarms.ts';
import { eventRules } from './rules/events.ts';
import { functionRules } from './rules/functions.ts';
import { resourcePolicyRules } from './rules/policies.ts';
import { queueRules } from './rules/queues.ts';
import { roleRules } from './rules/roles.ts';
import { storageRules } from './rules/storage.ts';
import { wiringRules } from './rules/wiring.ts';
import { first, ofType, resolved, type Template, the } from './template.ts';

const run = promisify(execFile);
const PACKAGE_MS_MAX = 180_000;

let stack: PackagedStack;

beforeAll(async () => {
  stack = await packageStack('test/stack/routes.yml');
}, PACKAGE_MS_MAX);

afterAll(() => stack?.remove());

const RULES = {
  queues: queueRules,
  events: eventRules,
  policies: resourcePolicyRules,
  storage: storageRules,
  functions: functionRules,
  roles: roleRules,
  alarms: alarmRules,
  wiring: wiringRules,
};

describe.each(Object.entries(RULES))('%s', (_noun, rules) => {
  describe.each(rules)('$name', ({ check, mutants }) => {
    test('holds', () => {
      expect(check(stack.template)).toEqual([]);
    });

    test.each(Object.entries(mutants))('is broken by: %s', (_what, mutate) => {
      const mutant = structuredClone(stack.template);
      mutate(mutant);
      expect(mutant).not.toEqual(stack.template);
      expect(check(mutant)).not.toEqual([]);
    });
  });
});

/**
 * What AWS' own validator finds, from warnings up.
 * W3005: "DependsOn is redundant": osls writes it beside GetAtt.
 */
async function findings(template: Template): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-template-'));
  const engine = new RegoEngine();
  try {
    const file = join(folder, 'template.json');
    await writeFile(file, JSON.stringify(template));
    const { diagnostics } = engine.validateStandard(new TemplateFile(file), {
      severityLevel: 'WARN',
      exclude: { ids: ['W3005'] },
    });
    return diagnostics.map(({ ruleId, message }) => `${ruleId} ${message}`);
  } finally {
    engine.free();
    await rm(folder, { recursive: true, force: true });
  }
}

test('every type of resource is one that docs/deployer-policy.json allows to make', async () => {
  const { types } = JSON.parse(await readFile('test/docs/deployment-permissions.json', 'utf8'));
  const made = new Set(Object.values(stack.template.Resources).map(({ Type }) => Type));
  expect([...made].filter((type) => !(type in types))).toEqual([]);
});

describe("AWS' own validator", () => {
  test('finds nothing in the template', async () => {
    expect(await findings(stack.template)).toEqual([]);
  });

  test('finds references to nothing, unknown properties, missing ones, and values that are not allowed', async () => {
    const mutant = structuredClone(stack.template);
    the(mutant, 'TopicPolicy').Properties.Topics = [{ Ref: 'Nothing' }];
    the(mutant, 'Table').Properties.Colour = 'blue';
    the(mutant, 'Table').Properties.BillingMode = 'FREE';
    delete the(mutant, 'ReconcileSchedule').Properties.Target;
    const found = (await findings(mutant)).join('\n');
    for (const what of ['Nothing', 'Colour', 'FREE', 'Target']) expect(found).toContain(what);
  });
});

describe('definitions of state machines', () => {
  const definitionsOf = (template: Template) =>
    ofType(template, 'AWS::StepFunctions::StateMachine').map(([, { Properties }]) =>
      JSON.parse(Properties.DefinitionString),
    );

  test('are valid', () => {
    const found = definitionsOf(stack.template).map((definition) =>
      validateAsl(definition, { checkArn: true }),
    );
    expect(found.length).toBe(2);
    expect(found.map(({ errors }) => errors)).toEqual([[], []]);
  });

  test('are not valid when a state leads nowhere', () => {
    const definition = JSON.parse(
      first(stack.template, 'AWS::StepFunctions::StateMachine').Properties.DefinitionString,
    );
    definition.StartAt = 'Nowhere';
    expect(validateAsl(definition).isValid).toBe(false);
  });
});

const ofSomebody = {
  executionArn: 'arn:aws:states:eu-central-1:111122223333:execution:spillway-test-process-files:by-hand',
  stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:spillway-test-process-files',
  name: 'by-hand',
  status: 'SUCCEEDED',
  startDate: 1_547_148_840_101,
  stopDate: 1_547_148_840_122,
};

/** Functions that can be asked something without AWS, with an event of theirs and what they answer. */
const ANSWERS: Record<string, [event: unknown, answer: unknown]> = {
  ingest: [{ Records: [] }, { batchItemFailures: [] }],
  command: [{ Records: [] }, { batchItemFailures: [] }],
  // Somebody else's execution of the same state machine.
  status: [
    {
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: ofSomebody,
    },
    null,
  ],
};

describe('functions', () => {
  test('start with nothing around them but the environment of the template', {
    timeout: 60_000,
  }, async () => {
    const keys = (await readdir(stack.functionsFolder)).sort();
    // Left out of this stack, so that it is packaged anywhere; test/stack/bundle.test.ts starts it.
    const started = keys.filter((key) => key !== 'process-csv');
    expect(started.length).toBe(8);
    expect(keys.filter((key) => !key.startsWith('count-files'))).toEqual([...FIXED_FUNCTIONS].sort());
    for (const key of started)
      expect(await start(stack, key), key).toEqual((ANSWERS[key] ?? [null, 'a function'])[1]);
  });

  test('do not start without a variable that they read', async () => {
    await expect(start(stack, 'ingest', ['SPILLWAY_TABLE'])).rejects.toThrow('SPILLWAY_TABLE is missing');
  });

  test('that route have the routes beside them, and no other function has', async () => {
    const folders = await readdir(stack.functionsFolder);
    const routing = await Promise.all(
      folders.map(async (key) => [
        key,
        (await readdir(join(stack.functionsFolder, key))).includes('routes.json'),
      ]),
    );
    expect(routing.filter(([, has]) => has).map(([key]) => key)).toEqual([
      'api',
      'command',
      'ingest',
      'reconcile',
      'status',
    ]);
  });

  test('of a pipeline that somebody added are made of its steps', async () => {
    const { step } = await import('./pipelines/count-files/count-files.ts');
    const file = join(stack.functionsFolder, 'count-files-count-files/pipelines/count-files/count-files.mjs');
    const { handler } = (await import(file)) as { handler(input: unknown): Promise<unknown> };
    const input = { batch: { count: 7 } };
    expect(await handler(input)).toEqual({ files: 7 });
    expect(step).toBeTypeOf('function');
  });
});

/** Imports a function as Lambda does, and asks it where that needs no AWS. */
async function start({ template, functionsFolder }: PackagedStack, key: string, without: string[] = []) {
  const { Handler, Environment } = ofType(template, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => Properties.FunctionName === `spillway-test-${key}`,
  )![1].Properties;
  const folder = join(functionsFolder, key);
  const variables = resolved(template, Environment?.Variables ?? {}) as Record<string, string>;
  for (const name of without) delete variables[name];
  const [event] = ANSWERS[key] ?? [];
  const script = [
    `const { handler } = await import(${JSON.stringify(join(folder, `${Handler.replace(/\.handler$/, '')}.mjs`))});`,
    event === undefined
      ? "const answer = typeof handler === 'function' && 'a function';"
      : `const answer = await handler(${JSON.stringify(event)}, { awsRequestId: '1', getRemainingTimeInMillis: () => 30_000 });`,
    "process.stdout.write('\\n' + JSON.stringify(answer ?? null));",
  ].join('\n');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: { ...variables, AWS_REGION: 'eu-central-1', LAMBDA_TASK_ROOT: folder },
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as unknown;
}

test('the outputs are those that commands look up', () => {
  expect(Object.keys(stack.template.Outputs)).toEqual(
    expect.arrayContaining([
      ...['ApiUrl', 'TableName', 'IngestQueueUrl', 'IngestDlqUrl', 'CommandsQueueUrl', 'CommandsDlqUrl'],
      ...['StatusDlqUrl', 'TopicArn', 'BusName', 'ManifestBucket', 'Version'],
      ...['StateMachineProcessFilesArn', 'StateMachineCountFilesArn'],
      ...['BucketLanding', 'BucketCurated', 'BucketArchive'],
    ]),
  );
});
