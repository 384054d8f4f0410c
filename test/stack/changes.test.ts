import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeployedStack } from '../../infra/deployed.ts';
import { keepRights } from '../../infra/kept-rights.ts';
import type { Template as Deployable } from '../../infra/osls.ts';
import { keepQueue, mayGo, retiredQueues } from '../../infra/retired-queues.ts';
import { anythingLost, rightsIn } from '../../infra/rights.ts';
import { losing, MachinesStillUsedError } from '../../infra/still-used.ts';
import { checkTableKept, TableForgottenError } from '../../infra/table-check.ts';
import type { Policy } from '../../src/core/policy.ts';
import { files, memoryHome, policy } from '../service/memory-home.ts';
import { type PackagedStack, packageStack } from './package-stack.ts';
import { queueRules } from './rules/queues.ts';
import { type Template, the } from './template.ts';

const PACKAGE_MS_MAX = 180_000;
const MINUTE = 60_000;
const GLUE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:load-with-glue';
const OWN = 'arn:aws:states:eu-central-1:111122223333:stateMachine:spillway-test-process-files';
const COUNTING = 'arn:aws:states:eu-central-1:111122223333:stateMachine:spillway-test-count-files';

const outputs = {
  TableName: 'spillway-test-Table-1',
  BucketLanding: 'landing-1',
  BucketCurated: 'curated-1',
  StateMachineProcessFilesArn: OWN,
  StateMachineCountFilesArn: COUNTING,
};

let stack: PackagedStack;
let deployed: DeployedStack;
let next: Template;

beforeAll(async () => {
  stack = await packageStack('test/stack/routes.yml');
}, PACKAGE_MS_MAX);

afterAll(() => stack?.remove());

/** The stack as it is, and what a deployment would make of it: the same, until a test changes it. */
function freshly() {
  deployed = { template: structuredClone(stack.template) as unknown as Deployable, outputs, changedAt: 0 };
  next = structuredClone(stack.template);
}
beforeAll(freshly);

const deployable = () => next as unknown as Deployable;

function withoutDedicatedQueue(): void {
  freshly();
  for (const id of Object.keys(next.Resources)) {
    if (/^(IngestQueueUrgent|Rule1DedicatedToUrgent)/.test(id)) delete next.Resources[id];
  }
  const allow = the(next, 'IngestDlq').Properties.RedriveAllowPolicy;
  allow.sourceQueueArns = allow.sourceQueueArns.filter(
    (arn: unknown) => !JSON.stringify(arn).includes('urgent'),
  );
  const [policyOfRole] = the(next, 'IngestRole').Properties.Policies;
  const taking = policyOfRole.PolicyDocument.Statement.find(
    ({ Sid }: { Sid: string }) => Sid === 'TakeMessages',
  );
  taking.Resource = taking.Resource.filter((arn: unknown) => !JSON.stringify(arn).includes('Urgent'));
}

describe('a queue whose route has none of its own any more', () => {
  beforeAll(withoutDedicatedQueue);

  test('is found', () => {
    expect(retiredQueues(deployed, deployable())).toEqual(['IngestQueueUrgent']);
    expect(retiredQueues(deployed, deployed.template)).toEqual([]);
  });

  test('goes only when nobody has sent to it for a while and nothing is left in it', () => {
    const unsent = structuredClone(deployed);
    delete unsent.template.Resources.Rule1DedicatedToUrgent;
    expect(mayGo(unsent, 'IngestQueueUrgent', 0, 2 * MINUTE)).toBe(true);
    expect(mayGo(unsent, 'IngestQueueUrgent', 1, 2 * MINUTE)).toBe(false);
    expect(mayGo(unsent, 'IngestQueueUrgent', 0, MINUTE)).toBe(false);
    expect(mayGo(deployed, 'IngestQueueUrgent', 0, 2 * MINUTE)).toBe(false);
  });

  test('is worked off as before, but nothing sends to it', () => {
    keepQueue(deployable(), deployed, 'IngestQueueUrgent');
    expect(Object.keys(next.Resources).filter((id) => id.includes('Urgent'))).toEqual([
      'IngestQueueUrgent',
      'IngestQueueUrgentPolicy',
      'IngestQueueUrgentMapping',
      'IngestQueueUrgentAgeAlarm',
    ]);
    for (const id of ['IngestRole', 'IngestDlq', 'IngestQueueUrgentMapping']) {
      expect(next.Resources[id]).toEqual(stack.template.Resources[id]);
    }
    // The function that reads it may run longer by now.
    const hidden = (id: string) => the(next, id).Properties.VisibilityTimeout;
    expect(hidden('IngestQueueUrgent')).toBe(hidden('IngestQueue'));
    expect(queueRules.flatMap(({ check }) => check(next))).toEqual([]);
  });
});

describe('the table', () => {
  test('that a stage was told to use is not forgotten for an empty one', () => {
    freshly();
    expect(() => checkTableKept(deployed)).not.toThrow();
    delete deployed.template.Resources.Table;
    expect(() => checkTableKept(deployed)).toThrow(TableForgottenError);
    expect(() => checkTableKept(deployed)).toThrow(/--param=table=spillway-test-Table-1/);
  });
});

/** A service whose open window and running batch have this policy. */
async function world(wanted: Partial<Policy>) {
  const home = memoryHome({ count: 2 });
  home.routes.policy = {
    ...policy({ count: 2 }),
    output: { bucket: 'curated-1', prefix: 'sales/' },
    ...wanted,
  };
  const events = files(3, undefined, 0, 'chapter10/');
  await home.process().append(events.map((event) => ({ ...event, bucket: 'landing-1' })));
  return home;
}

const runBy = (stateMachineArn: string) => ({ pipeline: { name: 'any', stateMachineArn } });

describe('what open windows and running batches need', () => {
  beforeAll(freshly);

  test('is what the template lets batches use', () => {
    const rights = rightsIn(deployable(), deployed);
    expect([...rights.keys()].sort()).toEqual([GLUE, COUNTING, OWN].sort());
    expect(rights.get(GLUE)).toBeNull();
    expect(rights.get(OWN)?.read).toContain('landing-1/chapter10/');
    expect(rights.get(OWN)?.write).toContain('curated-1/sales/');
    expect(anythingLost(rights, rights)).toBe(false);
  });

  test('is nothing that an unchanged deployment takes away', async () => {
    const { ports, time } = await world(runBy(OWN));
    expect(await losing(ports, rightsIn(deployable(), deployed), time.now)).toEqual([]);
  });

  test('is refused to go with the folder of their pipeline', async () => {
    const { ports, time } = await world(runBy(OWN));
    const { detail } = the(next, 'StatusRule1').Properties.EventPattern;
    const machines = detail.stateMachineArn;
    detail.stateMachineArn = machines.filter((arn: unknown) => !JSON.stringify(arn).includes('ProcessFiles'));
    const after = rightsIn(deployable(), deployed);
    expect(anythingLost(rightsIn(deployed.template, deployed), after)).toBe(true);
    const uses = await losing(ports, after, time.now);
    expect(uses.map(({ what, loses }) => `${what} ${loses}`)).toEqual(['window machine', 'batch machine']);
    const error = new MachinesStillUsedError(uses, 'prod');
    expect(error.message).toMatch(
      /1 open window of route "sales" would lose the state machine .*npx spillway drain sales --stage prod\n1 running batch /,
    );
  });
});

describe('rights that open windows need', () => {
  const resourcesOf = (template: Template, role: string, sid: string): unknown[] =>
    the(template, role).Properties.Policies[0].PolicyDocument.Statement.find(
      ({ Sid }: { Sid: string }) => Sid === sid,
    ).Resource;

  function withoutPlaces(): void {
    freshly();
    for (const sid of ['ReadFiles', 'UseOutputs']) {
      const resources = resourcesOf(next, 'ProcessDashcsvRole', sid);
      const kept = resources.filter((arn) => !/chapter10|sales/.test(JSON.stringify(arn)));
      resources.splice(0, resources.length, ...kept);
    }
  }

  test('are noticed to go when a prefix or an output moves', async () => {
    withoutPlaces();
    const { ports, time } = await world(runBy(OWN));
    const uses = await losing(ports, rightsIn(deployable(), deployed), time.now);
    expect(uses.map(({ what, loses }) => `${what} ${loses}`)).toEqual(['window place', 'batch place']);
  });

  test('stay with the roles besides what is new', () => {
    withoutPlaces();
    keepRights(deployable(), deployed);
    const sorted = (template: Template, sid: string) =>
      resourcesOf(template, 'ProcessDashcsvRole', sid)
        .map((arn) => JSON.stringify(arn))
        .sort();
    for (const sid of ['ReadFiles', 'UseOutputs'])
      expect(sorted(next, sid)).toEqual(sorted(stack.template, sid));
  });

  test('name a bucket that is the stack’s no longer', () => {
    withoutPlaces();
    delete next.Resources.BucketLanding;
    keepRights(deployable(), deployed);
    expect(resourcesOf(next, 'ProcessDashcsvRole', 'ReadFiles')).toContainEqual({
      'Fn::Sub': ['arn:${AWS::Partition}:s3:::${Bucket}/chapter10/*', { Bucket: 'landing-1' }],
    });
  });

  test('cover a state machine of somebody else, which is listened to as before', () => {
    freshly();
    const { detail } = the(next, 'StatusRule1').Properties.EventPattern;
    detail.stateMachineArn = detail.stateMachineArn.filter((arn: unknown) => arn !== GLUE);
    for (const role of ['IngestRole', 'CommandRole', 'ReconcileRole', 'ApiRole', 'StatusRole']) {
      resourcesOf(next, role, 'StartExecutions').pop();
    }
    expect(anythingLost(rightsIn(deployed.template, deployed), rightsIn(deployable(), deployed))).toBe(true);
    keepRights(deployable(), deployed);
    expect(resourcesOf(next, 'CommandRole', 'StartExecutions')).toContain(GLUE);
    const kept = the(next, 'StatusRuleKept').Properties;
    expect(kept.EventPattern.detail.stateMachineArn).toEqual([GLUE]);
    expect(the(next, 'StatusRuleKeptPermission').Properties.SourceArn).toEqual({
      'Fn::GetAtt': ['StatusRuleKept', 'Arn'],
    });
    expect(anythingLost(rightsIn(deployed.template, deployed), rightsIn(deployable(), deployed))).toBe(false);
  });
});
