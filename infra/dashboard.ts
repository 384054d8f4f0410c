import { type Stack, stateMachineId } from './stack.ts';
import type { Resource } from './template.ts';

/** A metric as a dashboard writes it: namespace, name, then dimensions by turns. */
type Metric = unknown[];

/** One page: what comes in, what is released, how late, and what goes wrong. */
export function dashboard(stack: Stack): Resource {
  const { stage } = stack;
  const ours = (name: string, options = {}): Metric => [
    'Spillway',
    name,
    'service',
    'spillway',
    'stage',
    stage,
    options,
  ];
  const reasons = ['Count', 'Time', 'Bytes', 'Quiet', 'Manual', 'Schedule'].map((reason) =>
    ours(`BatchesBy${reason}`, { label: reason.toLowerCase() }),
  );
  const queue = (metric: string) => (name: string) => [
    'AWS/SQS',
    metric,
    'QueueName',
    `spillway-${stage}-${name}`,
    { stat: 'Maximum' },
  ];
  const machines = stack.pipelines.flatMap(({ name }) =>
    ['ExecutionsSucceeded', 'ExecutionsFailed'].map((metric) => [
      'AWS/States',
      metric,
      'StateMachineArn',
      `\${${stateMachineId(stack, name)}}`,
      { label: `${name} ${metric.replace('Executions', '').toLowerCase()}` },
    ]),
  );
  const widgets = [
    graph('Events', [ours('Events'), ours('Duplicates'), ours('Unrouted')]),
    graph('Batches by reason', reasons),
    graph('Events per batch', [
      ours('EventsPerBatch', { stat: 'Average' }),
      ours('EventsPerBatch', { stat: 'Maximum', label: 'largest' }),
    ]),
    graph('Lateness (ms)', [
      ours('Lateness', { stat: 'p50', label: 'half' }),
      ours('Lateness', { stat: 'p99', label: '99 of 100' }),
      ours('Lateness', { stat: 'Maximum', label: 'latest' }),
    ]),
    graph('Executions', machines),
    graph('What was mended', [
      ours('CommitConflicts'),
      ours('FailedStarts'),
      ours('ReconcileRepairs'),
      ours('StatusesSettled'),
    ]),
    graph(
      'Age of the oldest message (s)',
      ['ingest', 'commands'].map(queue('ApproximateAgeOfOldestMessage')),
    ),
    graph(
      'Dead letters',
      ['ingest-dlq', 'commands-dlq', 'status-dlq'].map(queue('ApproximateNumberOfMessagesVisible')),
    ),
  ];
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      DashboardName: `spillway-${stage}`,
      DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets: widgets.map(place) }) },
    },
  };
}

interface Graph {
  type: 'metric';
  properties: Record<string, unknown>;
}

function graph(title: string, metrics: Metric[]): Graph {
  return {
    type: 'metric',
    properties: { title, metrics, stat: 'Sum', period: 300, region: '${AWS::Region}', view: 'timeSeries' },
  };
}

const WIDTH = 12;
const HEIGHT = 6;

/** Two beside each other. */
function place(widget: Graph, index: number) {
  return {
    ...widget,
    x: (index % 2) * WIDTH,
    y: Math.floor(index / 2) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
  };
}
