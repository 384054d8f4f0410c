import { DescribeRuleCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  GetScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { Route } from '../api/overview-schemas.ts';
import type { Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok } from './check.ts';
import type { StackResources } from './resources.ts';

/** The one schedule of the stack that is no route's. */
const RECONCILE = 'reconcile';

/** Cron flushes and reconcile are there and enabled, and there are as many schedules as the routes want. */
export async function scheduleChecks(
  stage: Stage,
  resources: StackResources,
  clients: { scheduler: SchedulerClient; events: EventBridgeClient },
  routes: readonly Route[],
): Promise<Check[]> {
  const groups = [...resources('AWS::Scheduler::ScheduleGroup'), 'default'];
  const names = resources('AWS::Scheduler::Schedule').map(nameIn);
  const schedules = names.map((name) =>
    look('schedule', name, 'scheduler:GetSchedule', () =>
      scheduleCheck(stage, clients.scheduler, name, groups),
    ),
  );
  const rules = resources('AWS::Events::Rule').map((id) =>
    look('rule', ruleIn(id).Name, 'events:DescribeRule', () => ruleCheck(stage, clients.events, id)),
  );
  return [
    ...(await Promise.all([...schedules, ...rules])).flat(),
    countCheck(stage, names.filter((name) => name !== RECONCILE).length, routes),
  ];
}

async function scheduleCheck(
  stage: Stage,
  client: SchedulerClient,
  name: string,
  groups: readonly string[],
): Promise<Check> {
  for (const GroupName of groups) {
    try {
      const { State } = await client.send(new GetScheduleCommand({ Name: name, GroupName }));
      if (State === 'ENABLED') return ok('schedule', name, 'It is there and enabled.');
      return failed('schedule', name, 'It is disabled: its flushes do not come.', enable(stage));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  }
  return failed('schedule', name, 'It is gone, though the stack made it.', enable(stage));
}

async function ruleCheck(stage: Stage, client: EventBridgeClient, id: string): Promise<Check> {
  const rule = ruleIn(id);
  const { State } = await client.send(new DescribeRuleCommand(rule));
  if (State !== 'DISABLED') return ok('rule', rule.Name, 'It is there and enabled.');
  return failed('rule', rule.Name, 'It is disabled: what it delivers is dropped meanwhile.', enable(stage));
}

function countCheck(stage: Stage, found: number, routes: readonly Route[]): Check {
  const wanted = routes.reduce(
    (sum, { nextTicks }) => sum + new Set(nextTicks.map(({ schedule }) => schedule)).size,
    0,
  );
  const sentence = `The routes have ${counted(wanted)}, the stack ${counted(found)}.`;
  // One that never fires again is not told by the API any more, but is there still.
  if (found >= wanted) return ok('schedule', 'all', sentence);
  return failed('schedule', 'all', sentence, `Deploy again: npx serverless deploy --stage ${stage.name}.`);
}

function counted(flushes: number): string {
  return flushes === 1 ? '1 cron flush' : `${flushes} cron flushes`;
}

function enable({ name }: Stage): string {
  return `Enable it in the console, or deploy again: npx serverless deploy --stage ${name} --force.`;
}

/** CloudFormation names a schedule by its name, some versions by `<group>|<name>`. */
function nameIn(id: string): string {
  return id.split('|').at(-1) ?? id;
}

/** On a bus of its own a rule's id is `<bus>|<rule>` (CloudFormation, AWS::Events::Rule, Ref). */
function ruleIn(id: string): { Name: string; EventBusName?: string } {
  const [first = id, second] = id.split('|');
  return second === undefined ? { Name: first } : { Name: second, EventBusName: first };
}
