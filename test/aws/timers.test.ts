import { setTimeout } from 'node:timers/promises';
import {
  CreateScheduleGroupCommand,
  ListSchedulesCommand,
  SchedulerClient,
  type ScheduleSummary,
} from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Command } from '../../src/commands/commands.ts';
import { commandMessage } from '../../src/commands/message.ts';
import { sqsCommands } from '../../src/commands/sqs.ts';
import { schedulerTimers } from '../../src/timers/scheduler.ts';
import { deadlineOf, timersContract } from '../contracts/timers.ts';
import { type Answer, answering, refusal } from './answering.ts';
import { freshName, onAws, openQueue, sdk } from './endpoint.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-23T08:00:00.250Z');

onAws('on AWS', () => {
  timersContract('the Scheduler and delayed messages', async () => {
    const { timers, sent, close } = await openTimers(() => Date.now());
    return { timers, now: Date.now, pass: (ms) => setTimeout(ms), sent: async () => sent, close };
  });

  test('a deadline far away is sent two minutes early by a schedule, which then deletes itself', async () => {
    // By this clock the deadline is sixteen minutes away; the Scheduler's own clock is fourteen minutes ahead of it.
    const { timers, sent, schedules, close } = await openTimers(() => Date.now() - 14 * MINUTE);
    const deadline = deadlineOf({
      partition: 'Ω/<aws.scheduler.attempt-number>',
      at: Date.now() + 2 * MINUTE + 3_000,
    });
    await timers.arm(deadline);
    await timers.arm(deadline);
    expect(await schedules()).toHaveLength(1);
    const command: Command = { kind: 'deadline', ...deadline };
    await expect.poll(() => sent, { timeout: 15_000 }).toEqual([{ at: expect.any(Number), command }]);
    await expect.poll(schedules, { timeout: 10_000 }).toEqual([]);
    await close();
  });
});

describe('timers by the Scheduler', () => {
  let aws: Awaited<ReturnType<typeof answering>>;
  afterEach(() => aws.close());

  const armed = async (wait: number, ...answers: Answer[]) => {
    aws = await answering(...answers);
    const delayed: { command: Command; ms: number }[] = [];
    const problems: Error[] = [];
    const timers = schedulerTimers({
      client: new SchedulerClient({ ...aws.sdk, maxAttempts: 3 }),
      commands: { sendLater: async (command, ms) => void delayed.push({ command, ms }) },
      clock: { now: () => NOW },
      queueArn: 'arn:aws:sqs:eu-central-1:111122223333:commands',
      deadLetterArn: 'arn:aws:sqs:eu-central-1:111122223333:commands-dlq',
      group: 'spillway-prod',
      roleArn: 'arn:aws:iam::111122223333:role/scheduler',
      onProblem: (error) => problems.push(error),
    });
    const deadline = deadlineOf({ partition: 'a<b', at: NOW + wait });
    const arming = timers.arm(deadline);
    const outcome = await arming.then(
      () => null,
      (error: Error) => error,
    );
    return { delayed, problems, outcome, command: { kind: 'deadline', ...deadline } as Command };
  };

  test.each([-86_400_000, -1, 0, 1, 59_999, 15 * MINUTE])(
    'leave a deadline %d ms away to a delayed message alone',
    async (wait) => {
      const { delayed, command } = await armed(wait);
      expect(delayed).toEqual([{ command, ms: wait }]);
      expect(aws.requests).toEqual([]);
    },
  );

  test('make one schedule of a deadline further away', async () => {
    const { delayed, outcome, command } = await armed(15 * MINUTE + 1, { status: 200, body: {} });
    expect([delayed, outcome]).toEqual([[], null]);
    const [request] = aws.requests;
    expect(request?.path).toMatch(/^\/schedules\/sales-[0-9a-f]{32}$/);
    const body = JSON.parse(request?.body ?? '');
    expect(body).toMatchObject({
      GroupName: 'spillway-prod',
      ScheduleExpression: 'at(2026-11-23T08:13:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: 'arn:aws:sqs:eu-central-1:111122223333:commands',
        RoleArn: 'arn:aws:iam::111122223333:role/scheduler',
        DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-central-1:111122223333:commands-dlq' },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
    expect(commandMessage(body.Target.Input)).toEqual(command);
    expect(body.Target.Input).not.toContain('<');
  });

  test('name schedules within AWS rules, the same deadline alike and any other differently', async () => {
    const nameOf = async (parts: Partial<Parameters<typeof deadlineOf>[0]>) => {
      aws = await answering({ status: 200, body: {} });
      const timers = schedulerTimers({ ...fixed(), client: new SchedulerClient(aws.sdk) });
      await timers.arm(deadlineOf({ at: NOW + 3_600_000, ...parts }));
      await aws.close();
      return aws.requests[0]?.path.slice('/schedules/'.length) ?? '';
    };
    const long = 'a-very-long-name-of-a-route-that-goes-on-and-on-and-on-up-to-64';
    const names = [
      await nameOf({}),
      await nameOf({ at: NOW + 3_600_001 }),
      await nameOf({ windowSeq: 2 }),
      await nameOf({ epoch: 'e2' }),
      await nameOf({ partition: 'x' }),
      await nameOf({ route: long }),
    ];
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    expect(new Set(names).size).toBe(names.length);
    expect(await nameOf({})).toBe(names[0]);
  });

  test('take a conflict for armed, also when it is with their own request whose answer was lost', async () => {
    const first = await armed(3_600_000, refusal('ConflictException', 'exists', 409));
    expect([first.outcome, first.delayed, first.problems]).toEqual([null, [], []]);
    await aws.close();
    const second = await armed(3_600_000, 'lost', refusal('ConflictException', 'exists', 409));
    expect([second.outcome, second.delayed]).toEqual([null, []]);
    expect(aws.unanswered()).toBe(0);
  });

  test.each(['ValidationException', 'ServiceQuotaExceededException'])(
    'carry a deadline by delayed messages when the Scheduler says %s, and say so',
    async (type) => {
      const { delayed, problems, outcome, command } = await armed(3_600_000, refusal(type));
      expect(outcome).toBeNull();
      expect(delayed).toEqual([{ command, ms: 3_600_000 }]);
      expect(problems.map(({ name }) => name)).toEqual([type]);
    },
  );

  test.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'reject when the Scheduler says %s: the effect is tried again and shows',
    async (type) => {
      const { delayed, outcome } = await armed(3_600_000, refusal(type));
      expect(outcome?.name).toBe(type);
      expect(delayed).toEqual([]);
    },
  );

  test('refuse an instant that no clock reaches', async () => {
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { outcome } = await armed(at);
      expect(outcome).toBeInstanceOf(RangeError);
      await aws.close();
    }
  });
});

function fixed() {
  return {
    commands: { sendLater: async () => {} },
    clock: { now: () => NOW },
    queueArn: 'q',
    deadLetterArn: 'd',
    group: 'g',
    roleArn: 'r',
  };
}

async function openTimers(now: () => number) {
  const sent: { at: number; command: Command }[] = [];
  const queue = await openQueue('timers', async ({ Body: body = '' }) => {
    sent.push({ at: Date.now(), command: commandMessage(body) });
  });
  const client = new SchedulerClient(sdk);
  const group = freshName('group');
  await client.send(new CreateScheduleGroupCommand({ Name: group }));
  const timers = schedulerTimers({
    client,
    commands: sqsCommands({ client: new SQSClient(sdk), queueUrl: queue.url }),
    clock: { now },
    queueArn: queue.arn,
    deadLetterArn: queue.arn,
    group,
    roleArn: 'arn:aws:iam::000000000000:role/scheduler',
  });
  const schedules = async (): Promise<ScheduleSummary[]> =>
    (await client.send(new ListSchedulesCommand({ GroupName: group }))).Schedules ?? [];
  return { timers, sent, schedules, close: queue.close };
}
