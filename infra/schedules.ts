import { tickCommand } from '../src/cron/cron.ts';
import type { FlushSchedule, Route } from '../src/routes/configuration.ts';
import { RETRY_FOR_A_DAY } from './rules.ts';
import type { Stack } from './stack.ts';
import { arnOf, type Resource, type Resources, ref, shortName } from './template.ts';

/** Scheduler's limit for names. */
const NAME_MAX = 64;

/** Flushes by cron: EventBridge Scheduler sends the command of each tick to the commands queue. */
export function flushSchedules({ configuration, routeIds }: Stack): Resources {
  return Object.fromEntries(
    configuration.routes.flatMap((route) =>
      route.schedules.map((schedule, index) => [
        `FlushSchedule${index}Of${routeIds.get(route.name)}`,
        flushSchedule(route, schedule, index),
      ]),
    ),
  );
}

function flushSchedule(
  { name }: Route,
  { cron, timezone, minEvents }: FlushSchedule,
  index: number,
): Resource {
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: `cron-${shortName(name, NAME_MAX - 10)}-${index}`,
      Description: `Flushes ${name}`,
      GroupName: ref('ScheduleGroup'),
      ScheduleExpression: `cron(${cron})`,
      ScheduleExpressionTimezone: timezone,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: arnOf('CommandsQueue'),
        RoleArn: arnOf('SchedulerRole'),
        Input: flushInput(name, index, minEvents),
        DeadLetterConfig: { Arn: arnOf('CommandsDlq') },
        RetryPolicy: RETRY_FOR_A_DAY,
      },
    },
  };
}

/** A tick's command as text; Scheduler puts the scheduled time in, in UTC without a fraction of a second. */
function flushInput(route: string, index: number, minEvents: number): string {
  const command = tickCommand({ route, index, minEvents }, 0);
  return JSON.stringify({ ...command, flushId: `${route}/${index}/<aws.scheduler.scheduled-time>` });
}
