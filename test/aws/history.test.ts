import { CreateStateMachineCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import type { Executions, TraceEntry } from '../../src/executions/executions.ts';
import { historyReader } from '../../src/executions/history.ts';
import { stepFunctionsExecutions } from '../../src/executions/step-functions.ts';
import { embeddedOn, temporaryFolder } from '../executions/home.ts';
import { freshName, onAws, sdk } from './endpoint.ts';

describe('a history of Step Functions', () => {
  test('shows attempts of a Task, its retry and what was caught', () => {
    const trace = traceOf([
      [1, 0, 'ExecutionStarted', { executionStartedEventDetails: { input: '{"a":1}' } }],
      [2, 0, 'TaskStateEntered', entered('Check', '{"a":1}')],
      [3, 2, 'LambdaFunctionScheduled'],
      [4, 3, 'LambdaFunctionStarted'],
      [
        5,
        4,
        'LambdaFunctionFailed',
        { lambdaFunctionFailedEventDetails: { error: 'RetryableError', cause: 'c' } },
      ],
      [6, 5, 'LambdaFunctionScheduled'],
      [7, 6, 'LambdaFunctionStarted'],
      [8, 7, 'LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error: 'States.Timeout' } }],
      [9, 8, 'TaskStateExited', exited('Check', '{}')],
      [10, 9, 'PassStateEntered', entered('Tell', '{}')],
      [11, 10, 'PassStateExited', exited('Tell', '{}')],
      [12, 11, 'FailStateEntered', entered('Failed', '{}')],
      [13, 12, 'ExecutionFailed', { executionFailedEventDetails: { error: 'E', cause: 'why' } }],
    ]);
    expect(trace.map(brief)).toEqual([
      'started',
      'entered Check',
      'failed Check 1 RetryableError',
      'retried Check 2',
      'failed Check 2 States.Timeout',
      'caught Check',
      'exited Check',
      'entered Tell',
      'exited Tell',
      'entered Failed',
      'execution-failed E',
    ]);
    expect(trace[0]).toEqual({ at: 1_000, kind: 'started', path: '', state: '', type: '', input: '{"a":1}' });
    expect(trace[2]).toMatchObject({ type: 'Task', cause: 'c' });
  });

  test('tells items apart whose events come mixed', () => {
    const trace = traceOf([
      [1, 0, 'ExecutionStarted', {}],
      [2, 0, 'MapStateEntered', entered('Process Files', '{}')],
      [3, 2, 'MapStateStarted', { mapStateStartedEventDetails: { length: 2 } }],
      [4, 3, 'MapIterationStarted', { mapIterationStartedEventDetails: item(0) }],
      [5, 4, 'TaskStateEntered', entered('Process CSV', '0')],
      [6, 3, 'MapIterationStarted', { mapIterationStartedEventDetails: item(1) }],
      [7, 6, 'TaskStateEntered', entered('Process CSV', '1')],
      [8, 5, 'LambdaFunctionScheduled'],
      [9, 7, 'LambdaFunctionScheduled'],
      [
        10,
        9,
        'LambdaFunctionFailed',
        { lambdaFunctionFailedEventDetails: { error: 'HardError', cause: '' } },
      ],
      [11, 8, 'LambdaFunctionSucceeded', {}],
      [12, 11, 'TaskStateExited', exited('Process CSV', '"ok"')],
      [13, 12, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: item(0) }],
      [14, 10, 'TaskStateExited', exited('Process CSV', '{}')],
      [15, 14, 'PassStateEntered', entered('Unit Failed', '{}')],
      [16, 15, 'PassStateExited', exited('Unit Failed', '{}')],
      [17, 16, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: item(1) }],
      [18, 17, 'MapStateSucceeded', {}],
      [19, 18, 'MapStateExited', exited('Process Files', '[]')],
      [20, 19, 'SucceedStateEntered', entered('Done', '[]')],
      [21, 20, 'SucceedStateExited', exited('Done', '[]')],
      [22, 21, 'ExecutionSucceeded', { executionSucceededEventDetails: { output: '[]' } }],
    ]);
    expect(trace.map(brief)).toEqual([
      'started',
      'entered Process Files',
      'item-started Process Files[0] Process Files',
      'entered Process Files[0] Process CSV',
      'item-started Process Files[1] Process Files',
      'entered Process Files[1] Process CSV',
      'failed Process Files[1] Process CSV 1 HardError',
      'exited Process Files[0] Process CSV',
      'item-succeeded Process Files[0] Process Files',
      'caught Process Files[1] Process CSV',
      'exited Process Files[1] Process CSV',
      'entered Process Files[1] Unit Failed',
      'exited Process Files[1] Unit Failed',
      'item-succeeded Process Files[1] Process Files',
      'exited Process Files',
      'entered Done',
      'exited Done',
      'succeeded',
    ]);
  });

  test('knows the way out of Parallel states that end in Parallel and Map states', () => {
    const trace = traceOf([
      [1, 0, 'ExecutionStarted', {}],
      [2, 0, 'ParallelStateEntered', entered('Outer', '{}')],
      [3, 2, 'ParallelStateStarted'],
      [4, 3, 'ParallelStateEntered', entered('Inner', '{}')],
      [5, 4, 'ParallelStateStarted'],
      [6, 5, 'PassStateEntered', entered('Deep', '{}')],
      [7, 6, 'PassStateExited', exited('Deep', '{}')],
      [8, 7, 'ParallelStateSucceeded'],
      [9, 8, 'ParallelStateExited', exited('Inner', '[]')],
      [10, 9, 'ParallelStateSucceeded'],
      [11, 10, 'ParallelStateExited', exited('Outer', '[]')],
      [12, 11, 'PassStateEntered', entered('After', '[]')],
    ]);
    expect(trace.map(brief)).toEqual([
      'started',
      'entered Outer',
      'entered Outer Inner',
      'entered Outer/Inner Deep',
      'exited Outer/Inner Deep',
      'exited Outer Inner',
      'exited Outer',
      'entered After',
    ]);
  });

  test('knows the way out of Parallel states that fail inside each other', () => {
    const trace = traceOf([
      [1, 0, 'ExecutionStarted', {}],
      [2, 0, 'ParallelStateEntered', entered('Outer', '{}')],
      [3, 2, 'ParallelStateStarted'],
      [4, 3, 'ParallelStateEntered', entered('Inner', '{}')],
      [5, 4, 'ParallelStateStarted'],
      [6, 5, 'FailStateEntered', entered('Stop', '{}')],
      [7, 6, 'ParallelStateFailed'],
      [8, 7, 'ParallelStateFailed'],
      [9, 8, 'ParallelStateExited', exited('Outer', '{}')],
      [10, 9, 'PassStateEntered', entered('After', '{}')],
    ]);
    expect(trace.map(brief).slice(-3)).toEqual(['caught Outer', 'exited Outer', 'entered After']);
  });

  test.each(['ExecutionTimedOut', 'ExecutionAborted'])(
    'ends with %s, which has no error of its own',
    (type) => {
      const trace = traceOf([
        [1, 0, 'ExecutionStarted', {}],
        [2, 1, type],
      ]);
      expect(trace.map(({ kind }) => kind)).toEqual(['started', 'execution-failed']);
    },
  );

  test('keeps only the beginning of a long input', () => {
    const [entry] = traceOf([[1, 0, 'PassStateEntered', entered('P', 'x'.repeat(100_000))]]);
    expect(entry?.input).toHaveLength(8_193);
  });
});

onAws('on AWS', () => {
  test.each([
    ['where nothing fails', { items: [{ tell: false }, { tell: false }] }],
    ['where a Task fails for good and its item goes on', { items: [{ tell: true }, { tell: false }] }],
    ['where an item fails and the Map is caught', { items: [{ tell: false, stop: true }] }],
  ])('a trace is the same as that of the interpreter %s', async (_where, input) => {
    const theirs = await runInStepFunctions(input);
    const ours = await runInInterpreter(input);
    expect(byPath(theirs)).toEqual(byPath(ours));
    expect(ours.length).toBeGreaterThan(10);
  });
});

const item = (index: number) => ({ name: 'Process Files', index });
const entered = (name: string, input: string) => ({ stateEnteredEventDetails: { name, input } });
const exited = (name: string, output: string) => ({ stateExitedEventDetails: { name, output } });

function traceOf(events: [id: number, previous: number, type: string, details?: object][]): TraceEntry[] {
  const read = historyReader();
  return events.flatMap(([id, previousEventId, type, details = {}]) =>
    read({ id, previousEventId, type, timestamp: new Date(id * 1_000), ...details } as HistoryEvent),
  );
}

function brief({ kind, path, state, attempt, error }: TraceEntry): string {
  return [kind, path, state, attempt, error].filter((part) => part !== '' && part !== undefined).join(' ');
}

/** What happened along each path: the interpreter's events of one instant may come in another order. */
function byPath(entries: TraceEntry[]): Record<string, string[]> {
  const paths = Map.groupBy(entries, ({ path }) => path);
  // Step Functions does not say why an item failed; the state inside it does.
  const said = ({ error, ...entry }: TraceEntry) =>
    brief(entry.kind === 'item-failed' || error === undefined ? entry : { ...entry, error });
  return Object.fromEntries([...paths].map(([path, along]) => [path, along.map(said)]));
}

/** One of everything, one thing at a time. */
const everything = {
  StartAt: 'Begin',
  States: {
    Begin: { Type: 'Pass', Next: 'Each' },
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      MaxConcurrency: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'Which',
        States: {
          Which: {
            Type: 'Choice',
            Choices: [
              { Variable: '$.tell', BooleanEquals: true, Next: 'Tell' },
              { Variable: '$.stop', IsPresent: true, Next: 'Stop' },
            ],
            Default: 'Fine',
          },
          Tell: {
            Type: 'Task',
            Resource: 'arn:aws:states:::sns:publish',
            Parameters: { TopicArn: 'arn:aws:sns:eu-central-1:000000000000:nowhere', Message: 'm' },
            TimeoutSeconds: 5,
            Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }],
            Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Fine' }],
            End: true,
          },
          Stop: { Type: 'Fail', Error: 'Stopped', Cause: 'on purpose' },
          Fine: { Type: 'Pass', End: true },
        },
      },
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Both' }],
      ResultPath: null,
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'One', States: { One: { Type: 'Pass', Next: 'Two' }, Two: { Type: 'Pass', End: true } } },
      ],
      Next: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};

async function runInStepFunctions(input: object): Promise<TraceEntry[]> {
  const client = new SFNClient(sdk);
  const { stateMachineArn = '' } = await client.send(
    new CreateStateMachineCommand({
      name: freshName('everything'),
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify(everything),
    }),
  );
  return runIn(stepFunctionsExecutions({ client }), stateMachineArn, input);
}

async function runInInterpreter(input: object): Promise<TraceEntry[]> {
  const home = await temporaryFolder();
  await home.pipeline('everything', everything);
  const { executions } = await embeddedOn(home, {
    publish: async () => {
      throw Object.assign(new Error('no topic'), { name: 'SNS.PublishFailed' });
    },
    retryIntervalsMs: { Tell: 1 },
  });
  const trace = await runIn(executions, 'everything', input);
  await executions.stop(5_000);
  await home.close();
  return trace;
}

async function runIn(executions: Executions, stateMachineArn: string, input: object): Promise<TraceEntry[]> {
  const ref = { name: freshName('run'), pipeline: { name: 'everything', stateMachineArn } };
  await executions.start({ ...ref, input: JSON.stringify(input) });
  const status = async () => (await executions.describe(ref))?.status;
  await expect.poll(status, { timeout: 15_000 }).not.toBe('running');
  return (await executions.trace(ref, { from: 0, limit: 1_000 })).entries;
}
