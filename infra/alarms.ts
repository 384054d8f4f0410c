import { type Stack, stateMachineId } from './stack.ts';
import { type Resource, type Resources, ref, type Text } from './template.ts';

/** What an alarm looks at: more than `above` in each of `periods` periods of `seconds`. */
interface Watch {
  /** What it means; docs/operations.md says what to do. */
  means: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, Text>;
  statistic: string;
  above: number;
  seconds: number;
  periods: number;
  /** Silence is what it tells of: the alarm has no data then, which is told like an alarm. */
  silence?: true;
}

/** A queue whose oldest message is older than this (s) is not being worked off. */
const OLDEST_MESSAGE_S = 900;
/** A window that closed later than this (ms) after its deadline: something is throttled, or a timer was lost. */
const LATENESS_MS = 60_000;
/** Reconcile never runs so often: only silence is told of. */
const RUNS_MAX = 1_000_000;
/** Two skewed clocks may differ by this much (ms) before duplicates could go unseen; see docs/guarantees.md. */
const CLOCK_SKEW_MS = 90_000;

/** Alarms on what should never happen, and on what should not last. */
export function alarms(stack: Stack, { reconcileMinutes }: { reconcileMinutes: number }): Resources {
  // A period without a call would look like one without a failure.
  const reconcileS = Math.max(5, reconcileMinutes) * 60;
  return Object.fromEntries(
    Object.entries({
      ...queueWatches(stack),
      ...serviceWatches(stack, reconcileS),
      ...executionWatches(stack),
    }).map(([id, watch]) => [`${id}Alarm`, alarm(stack, id, watch)]),
  );
}

/** Who is told; nobody when the address is empty. */
export function subscription(email: string): Resources {
  if (email === '') return {};
  const Properties = { TopicArn: ref('Topic'), Protocol: 'email', Endpoint: email };
  return { TopicSubscription: { Type: 'AWS::SNS::Subscription', Properties } };
}

function queueWatches({ configuration, routeIds }: Stack): Record<string, Watch> {
  const dedicated = configuration.routes
    .filter(({ queue }) => queue === 'dedicated')
    .map(({ name }) => `IngestQueue${routeIds.get(name)}`);
  const letters = ['IngestDlq', 'CommandsDlq', 'StatusDlq'].map((id) => [
    id,
    {
      ...onQueue(id, 'ApproximateNumberOfMessagesVisible'),
      means: `There are dead letters in ${id}`,
      above: 0,
    },
  ]);
  const backlogs = ['IngestQueue', 'CommandsQueue', ...dedicated].map((id) => [
    `${id}Age`,
    {
      ...onQueue(id, 'ApproximateAgeOfOldestMessage'),
      means: `Messages of ${id} wait for longer than ${OLDEST_MESSAGE_S} s`,
      // A delayed message counts from when it was sent, and a deadline may be delayed for 15 minutes.
      above: id === 'CommandsQueue' ? 2 * OLDEST_MESSAGE_S : OLDEST_MESSAGE_S,
    },
  ]);
  return Object.fromEntries([...letters, ...backlogs]);
}

function onQueue(id: string, metric: string) {
  return {
    namespace: 'AWS/SQS',
    metric,
    dimensions: { QueueName: { 'Fn::GetAtt': [id, 'QueueName'] } },
    statistic: 'Maximum',
    seconds: 60,
    periods: 1,
  };
}

function serviceWatches({ stage }: Stack, reconcileS: number): Record<string, Watch> {
  const ours = (metric: string, means: string, above: number, statistic = 'Sum'): Watch => ({
    means,
    namespace: 'Spillway',
    metric,
    dimensions: { service: 'spillway', stage },
    statistic,
    above,
    seconds: 300,
    periods: 1,
  });
  return {
    Lateness: ours(
      'Lateness',
      'A window closed more than a minute after its deadline',
      LATENESS_MS,
      'Maximum',
    ),
    ClockSkew: ours('ClockSkew', 'An event says it was written in the future', CLOCK_SKEW_MS, 'Maximum'),
    FailedStarts: ours('FailedStarts', 'Executions could not be started', 0),
    ReconcileRepairs: ours('ReconcileRepairs', 'Reconcile found something undone and did it', 0),
    ReconcileMissed: {
      ...ours('ReconcileRuns', 'Reconcile has not run for three times as long as it should', RUNS_MAX),
      seconds: reconcileS,
      periods: 3,
      silence: true,
    },
    ...functionWatches(stage, reconcileS),
  };
}

/** Functions that nobody calls again when they fail. */
function functionWatches(stage: string, reconcileS: number): Record<string, Watch> {
  const failing = (key: string, means: string, seconds: number): Watch => ({
    means,
    namespace: 'AWS/Lambda',
    metric: 'Errors',
    dimensions: { FunctionName: `spillway-${stage}-${key}` },
    statistic: 'Sum',
    above: 0,
    seconds,
    periods: 3,
  });
  return {
    ReconcileErrors: failing('reconcile', 'Reconcile has failed three times running', reconcileS),
    StatusErrors: failing('status', 'Ends of executions have not been noted for a quarter of an hour', 300),
  };
}

function executionWatches(stack: Stack): Record<string, Watch> {
  const ended = (name: string, metric: string, how: string): [string, Watch] => {
    const id = stateMachineId(stack, name);
    return [
      `${id}${metric.replace('Executions', '')}`,
      {
        means: `Executions of ${name} ${how}`,
        namespace: 'AWS/States',
        metric,
        dimensions: { StateMachineArn: ref(id) },
        statistic: 'Sum',
        above: 0,
        seconds: 300,
        periods: 1,
      },
    ];
  };
  return Object.fromEntries(
    stack.pipelines.flatMap(({ name }) => [
      ended(name, 'ExecutionsFailed', 'failed'),
      ended(name, 'ExecutionsTimedOut', 'ran out of time'),
    ]),
  );
}

function alarm({ stage }: Stack, id: string, watch: Watch): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `spillway-${stage}-${id}`,
      AlarmDescription: `${watch.means}. See docs/operations.md.`,
      Namespace: watch.namespace,
      MetricName: watch.metric,
      Dimensions: Object.entries(watch.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: watch.statistic,
      Period: watch.seconds,
      EvaluationPeriods: watch.periods,
      Threshold: watch.above,
      ComparisonOperator: 'GreaterThanThreshold',
      // Without data from the start there is nothing to tell; when data stops, there is.
      TreatMissingData: watch.silence ? 'missing' : 'notBreaching',
      ...(watch.silence && { InsufficientDataActions: [ref('Topic')] }),
      AlarmActions: [ref('Topic')],
      OKActions: [ref('Topic')],
    },
  };
}
