import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import validateAsl from 'asl-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PackagedStack, packageStack } from './package-stack.ts';
import { alarmRules } from './rules/alarms.ts';
import { eventRules } from './rules/events.ts';
import { functionRules } from './rules/functions.ts';
import { resourcePolicyRules } from './rules/policies.ts';
import { queueRules } from './rules/queues.ts';
import { roleRules } from './rules/roles.ts';
import { storageRules } from './rules/storage.ts';
import { first, ofType, type Template, the } from './template.ts';

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

describe('functions', () => {
  test('that route have routes.yml beside them, and no other function has', async () => {
    const folders = await readdir(stack.functionsFolder);
    const routing = await Promise.all(
      folders.map(async (key) => [
        key,
        (await readdir(join(stack.functionsFolder, key))).includes('routes.yml'),
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
