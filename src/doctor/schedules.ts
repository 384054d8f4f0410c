import { DescribeRuleCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { Route } from '../api/overview-schemas.ts';
import type { Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok } from './check.ts';
import { deployAgain, quoted, revertDrift } from './mend.ts';
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
  const groups = [...resources('AWS::Scheduler::ScheduleGroup').map(({ id }) => id), 'default'];
  const names = resources('AWS::Scheduler::Schedule').map(({ id }) => nameIn(id));
  const schedules = names.map((name) =>
    look('schedule', name, 'scheduler:GetSchedule', () =>
      scheduleCheck(stage, clients.scheduler, name, groups),
    ),
  );
  const rules = resources('AWS::Events::Rule').map(({ id }) =>
    look(
      'rule',
      ruleIn(id).Name,
      'events:DescribeRule',
      () => ruleCheck(clients.events, id),
      revertDrift(stage),
    ),
  );
  return [...(await Promise.all([...schedules, ...rules])).flat(), ...countChecks(stage, names, routes)];
}

async function scheduleCheck(
  stage: Stage,
  client: SchedulerClient,
  name: string,
  groups: readonly string[],
): Promise<Check> {
  for (const GroupName of groups) {
    try {
      const schedule = await client.send(new GetScheduleCommand({ Name: name, GroupName }));
      if (schedule.State === 'ENABLED') return ok('schedule', name, 'It is there and enabled.');
      const missed = name === RECONCILE ? 'nothing is mended' : 'its flushes do not come';
      return failed('schedule', name, `It is disabled: ${missed}.`, enable(schedule));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  }
  return failed('schedule', name, 'It is gone, though the stack made it.', revertDrift(stage));
}

async function ruleCheck(client: EventBridgeClient, id: string): Promise<Check> {
  const rule = ruleIn(id);
  const { State } = await client.send(new DescribeRuleCommand(rule));
  if (State !== 'DISABLED') return ok('rule', rule.Name, 'It is there and enabled.');
  const bus = rule.EventBusName === undefined ? '' : ` --event-bus-name ${rule.EventBusName}`;
  return failed(
    'rule',
    rule.Name,
    'It is disabled: what it should deliver is dropped meanwhile, and nobody will deliver it again.',
    `aws events enable-rule --name ${rule.Name}${bus}`,
  );
}

function countChecks(stage: Stage, names: readonly string[], routes: readonly Route[]): Check[] {
  const found = names.filter((name) => name !== RECONCILE).length;
  const wanted = routes.reduce(
    (sum, { nextTicks }) => sum + new Set(nextTicks.map(({ schedule }) => schedule)).size,
    0,
  );
  const sentence = `The routes have ${counted(wanted)}, the stack ${counted(found)}.`;
  // One that never fires again is not told by the API any more, but is there still.
  const flushes =
    found >= wanted
      ? ok('schedule', 'all', sentence)
      : failed('schedule', 'all', sentence, deployAgain(stage));
  if (names.includes(RECONCILE)) return [flushes];
  const missing = 'The stack has no schedule for it: nothing is mended.';
  return [flushes, failed('schedule', RECONCILE, missing, deployAgain(stage))];
}

function counted(flushes: number): string {
  return flushes === 1 ? '1 cron flush' : `${flushes} cron flushes`;
}

/** An update replaces everything: what is left out falls back to a default (Scheduler API reference). */
function enable({
  $metadata,
  Arn,
  CreationDate,
  LastModificationDate,
  ...schedule
}: GetScheduleCommandOutput) {
  const wanted = JSON.stringify({ ...schedule, State: 'ENABLED' });
  return `aws scheduler update-schedule --cli-input-json ${quoted(wanted)}`;
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
