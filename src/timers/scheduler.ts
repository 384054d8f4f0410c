import { createHash } from 'node:crypto';
import {
  ConflictException,
  CreateScheduleCommand,
  type SchedulerClient,
  ServiceQuotaExceededException,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import type { Command } from '../commands/commands.ts';
import { commandText } from '../commands/message.ts';
import { DELAY_SECONDS_MAX, type SqsCommands } from '../commands/sqs.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline, Timers } from './timers.ts';

export interface SchedulerTimersOptions {
  client: SchedulerClient;
  commands: Pick<SqsCommands, 'sendLater'>;
  clock: Pick<Clock, 'now'>;
  /** The commands queue, which schedules send to. */
  queueArn: string;
  /** Takes what a schedule could not deliver in a day. */
  deadLetterArn: string;
  group: string;
  roleArn: string;
  /** The Scheduler would not take a deadline; it travels by delayed messages alone and is on time all the same. */
  onProblem?: (error: Error) => void;
}

/**
 * A schedule fires this much before its deadline (ms): it may be a minute late (Scheduler user guide: 60 s precision),
 * and what comes early is held back by SQS to the second.
 */
const LEAD_MS = 120_000;

/** The Scheduler gives up after a day, its longest (CreateSchedule, API reference); then the dead-letter queue has it. */
const RETRY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/**
 * Deadlines on AWS, to about a second: a delayed SQS message for what is at most 15 minutes away; for what is further
 * away a one-time schedule that sends the command two minutes early, which the service then arms again. A schedule is
 * named by a digest of its window and instant, so the same deadline is armed once; it deletes itself.
 *
 * `arm` rejects with what the SDK throws: arming again is safe.
 */
export function schedulerTimers(options: SchedulerTimersOptions): Timers {
  const { client, commands, clock } = options;
  return {
    async arm(deadline) {
      if (!Number.isFinite(deadline.at)) {
        throw new RangeError(`A deadline at ${deadline.at} can never be reached; expected ms since 1970.`);
      }
      const command = commandOf(deadline);
      const wait = deadline.at - clock.now();
      if (wait <= DELAY_SECONDS_MAX * 1000) return commands.sendLater(command, wait);
      try {
        await client.send(new CreateScheduleCommand(scheduleOf(options, deadline)));
      } catch (error) {
        // Armed: by somebody else, or by our own request whose answer was lost and which the SDK repeated.
        if (error instanceof ConflictException) return;
        // Full, or a clock that is behind made an instant in the past of it. The message comes early and is armed again.
        if (!(error instanceof ServiceQuotaExceededException || error instanceof ValidationException)) {
          throw error;
        }
        options.onProblem?.(error);
        await commands.sendLater(command, wait);
      }
    },
  };
}

function scheduleOf({ queueArn, deadLetterArn, group, roleArn }: SchedulerTimersOptions, deadline: Deadline) {
  return {
    Name: scheduleName(deadline),
    GroupName: group,
    ScheduleExpression: `at(${secondsOf(deadline.at - LEAD_MS)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    ActionAfterCompletion: 'DELETE' as const,
    Target: {
      Arn: queueArn,
      RoleArn: roleArn,
      Input: commandText(commandOf(deadline)),
      DeadLetterConfig: { Arn: deadLetterArn },
      RetryPolicy: RETRY,
    },
  };
}

/**
 * At most 64 of `[0-9a-zA-Z-_.]` (CreateSchedule, API reference). The instant belongs to it: a quiet period moves a
 * window's deadline, and its next schedule must not be taken for the last one, which may not have deleted itself yet.
 */
function scheduleName({ route, partition, epoch, windowSeq, at }: Deadline): string {
  const parts = JSON.stringify([route, partition, epoch, windowSeq, at]);
  return `${route.slice(0, 31)}-${createHash('sha256').update(parts).digest('hex').slice(0, 32)}`;
}

/** `at()` takes neither a fraction nor an offset (Scheduler user guide, schedule types). */
function secondsOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

function commandOf({ route, partition, epoch, windowSeq, at }: Deadline): Command {
  return { kind: 'deadline', route, partition, epoch, windowSeq, at };
}
