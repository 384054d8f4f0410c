import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, test } from 'vitest';
import type { ExecutionReport, Executions } from '../../src/executions/executions.ts';
import { StateMachineGoneError, stepFunctionsExecutions } from '../../src/executions/step-functions.ts';
import { executionsContract } from '../contracts/executions.ts';
import { type Answer, answering, refusal } from './answering.ts';
import { freshName, onAws, openQueue, sdk } from './endpoint.ts';

const STEP_FUNCTIONS_SAYS_THE_SAME =
  'StartExecution answers a repetition for a running execution exactly as it answered the first';

onAws('on AWS', () => {
  executionsContract('Step Functions', openExecutions, [
    {
      reason: STEP_FUNCTIONS_SAYS_THE_SAME,
      tests: [
        'a name that was used starts nothing and says so, while it runs and after its end',
        'of many starts of one name at the same time exactly one starts it',
      ],
    },
  ]);

  test('a name that was used starts nothing, also with another input, and an ended one says so', async () => {
    const subject = await openExecutions();
    const { executions, reports } = subject;
    const request = (input: string) => ({ name: 'same', pipeline: works, input });
    const first = await executions.start(request('{"a":1}'));
    const second = await executions.start(request('{"a":1}'));
    expect(second).toMatchObject({ execution: first.execution, startedAt: first.startedAt });
    await expect.poll(() => reports().length, { timeout: 5_000 }).toBe(1);
    for (const input of ['{"a":1}', '{"a":2}']) {
      expect(await executions.start(request(input))).toEqual({ ...first, already: true });
    }
    expect(reports()).toHaveLength(1);
    await subject.close();
  });

  test('many starts of one name at the same time start one execution', async () => {
    const subject = await openExecutions();
    const starts = await Promise.all(
      Array.from({ length: 20 }, () =>
        subject.executions.start({ name: 'racing', pipeline: works, input: '{}' }),
      ),
    );
    expect(new Set(starts.map(({ execution }) => execution)).size).toBe(1);
    await expect.poll(() => subject.reports().length, { timeout: 5_000 }).toBe(1);
    expect(await subject.names()).toEqual(['racing']);
    await subject.close();
  });
});

const works = { name: 'works', stateMachineArn: 'works' };

describe('executions in Step Functions', () => {
  let aws: Awaited<ReturnType<typeof answering>>;
  afterEach(() => aws.close());

  const ARN = 'arn:aws:states:eu-central-1:111122223333:stateMachine:spillway-prod-process-files';
  const EXECUTION = 'arn:aws:states:eu-central-1:111122223333:execution:spillway-prod-process-files:b-1';
  const pipeline = { name: 'process-files', stateMachineArn: ARN };
  const request = { name: 'b-1', pipeline, input: '{}' };
  const executionsAnswered = async (...answers: Answer[]) => {
    aws = await answering(...answers);
    return stepFunctionsExecutions({ client: new SFNClient({ ...aws.sdk, maxAttempts: 3 }) });
  };
  const described = (more: object = {}): Answer => ({
    status: 200,
    body: {
      executionArn: EXECUTION,
      stateMachineArn: ARN,
      status: 'RUNNING',
      startDate: 1_700_000_000.25,
      ...more,
    },
  });

  test('that exist already are started', async () => {
    const executions = await executionsAnswered(refusal('ExecutionAlreadyExists'), described());
    expect(await executions.start(request)).toEqual({
      execution: EXECUTION,
      startedAt: 1_700_000_000_250,
      already: true,
    });
    expect(JSON.parse(aws.requests[1]?.body ?? '')).toEqual({ executionArn: EXECUTION });
  });

  test('whose start lost its answer and was repeated by the SDK are started', async () => {
    const executions = await executionsAnswered('lost', refusal('ExecutionAlreadyExists'), described());
    expect((await executions.start(request)).already).toBe(true);
    expect(aws.unanswered()).toBe(0);
  });

  test('that exist and cannot be found yet are tried again', async () => {
    const executions = await executionsAnswered(
      refusal('ExecutionAlreadyExists'),
      refusal('ExecutionDoesNotExist'),
    );
    await expect(executions.start(request)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  test.each(['StateMachineDoesNotExist', 'StateMachineDeleting'])(
    'of a state machine that is gone say which (%s)',
    async (type) => {
      const executions = await executionsAnswered(refusal(type));
      const starting = executions.start(request);
      await expect(starting).rejects.toThrow(StateMachineGoneError);
      await expect(starting).rejects.toMatchObject({ stateMachineArn: ARN });
    },
  );

  test.each([
    ['RUNNING', 'running'],
    ['PENDING_REDRIVE', 'running'],
    ['SUCCEEDED', 'succeeded'],
    ['FAILED', 'failed'],
    ['TIMED_OUT', 'timed-out'],
    ['ABORTED', 'aborted'],
  ])('that are %s to AWS are %s to us', async (status, ours) => {
    const executions = await executionsAnswered(described({ status, redriveCount: 2 }));
    expect(await executions.describe(request)).toMatchObject({ status: ours, redrives: 2 });
  });
});

/** State machines of their own, and the ends of their executions as EventBridge tells them. */
async function openExecutions() {
  const client = new SFNClient(sdk);
  const arns = new Map<string, string>();
  for (const [name, Only] of Object.entries({
    works: { Type: 'Pass', End: true },
    fails: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' },
  })) {
    const { stateMachineArn = '' } = await client.send(
      new CreateStateMachineCommand({
        name: freshName(name),
        roleArn: 'arn:aws:iam::000000000000:role/machine',
        definition: JSON.stringify({ StartAt: 'Only', States: { Only } }),
      }),
    );
    arns.set(name, stateMachineArn);
  }
  const driver = stepFunctionsExecutions({ client });
  const placed = <Ref extends { pipeline: { name: string; stateMachineArn: string } }>(ref: Ref): Ref => ({
    ...ref,
    pipeline: { ...ref.pipeline, stateMachineArn: arns.get(ref.pipeline.name) ?? '' },
  });
  const executions: Executions = {
    start: (request) => driver.start(placed(request)),
    describe: (ref) => driver.describe(placed(ref)),
    trace: (ref, page) => driver.trace(placed(ref), page),
  };
  const reports: ExecutionReport[] = [];
  const queue = await openQueue('ends', async ({ Body: body = '' }) => {
    const { name, stateMachineArn, status } = JSON.parse(body).detail;
    if (status === 'RUNNING') return;
    const report = await driver.report({ name, pipeline: { name: '', stateMachineArn } });
    if (report) reports.push(report);
  });
  const events = new EventBridgeClient(sdk);
  const rule = freshName('rule');
  const pattern = { source: ['aws.states'], detail: { stateMachineArn: [...arns.values()] } };
  await events.send(new PutRuleCommand({ Name: rule, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: rule, Targets: [{ Id: 'queue', Arn: queue.arn }] }));
  return {
    executions,
    reports: () => reports,
    letEnd: async () => {},
    async names() {
      const machine = { stateMachineArn: arns.get('works') ?? '' };
      const { executions: found = [] } = await client.send(new ListExecutionsCommand(machine));
      return found.map(({ name }) => name);
    },
    close: queue.close,
  };
}
