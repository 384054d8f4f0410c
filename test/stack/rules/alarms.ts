import { except, idIn, ofType, type Rule, resolved, type Template, the } from '../template.ts';
import { writtenMetrics } from '../written-metrics.ts';

const alarms = (template: Template) => ofType(template, 'AWS::CloudWatch::Alarm');

/** Whether some alarm looks at a metric, of this resource where one is named. */
function isWatched(template: Template, namespace: string, metric: string, resource = ''): boolean {
  return alarms(template).some(
    ([, { Properties }]) =>
      Properties.Namespace === namespace &&
      Properties.MetricName === metric &&
      (resource === '' ||
        Properties.Dimensions.some(({ Value }: { Value: unknown }) => idIn(Value) === resource)),
  );
}

const OURS = ['Lateness', 'ClockSkew', 'FailedStarts', 'ReconcileRepairs'];

/** It tells of silence, so it has no data then instead. */
const OF_SILENCE = 'ReconcileMissedAlarm';

const WRITTEN = writtenMetrics();

/** Metrics of ours that the dashboard shows. */
function shownMetrics(template: Template): string[] {
  const body = the(template, 'Dashboard').Properties.DashboardBody;
  const { widgets } = JSON.parse(String(resolved(template, body)));
  return widgets.flatMap(({ properties }: { properties: { metrics: unknown[][] } }) =>
    properties.metrics.filter(([namespace]) => namespace === 'Spillway').map(([, name]) => String(name)),
  );
}

export const alarmRules: Rule[] = [
  {
    name: 'every queue of dead letters has an alarm, and every other one for its oldest message',
    check: (template) =>
      ofType(template, 'AWS::SQS::Queue')
        .map(([id]) => id)
        .filter((id) => {
          const metric = id.endsWith('Dlq')
            ? 'ApproximateNumberOfMessagesVisible'
            : 'ApproximateAgeOfOldestMessage';
          return !isWatched(template, 'AWS/SQS', metric, id);
        }),
    mutants: {
      'dead letters nobody sees': (template) => {
        delete template.Resources.CommandsDlqAlarm;
      },
      'a backlog nobody sees': (template) => {
        delete template.Resources.IngestQueueUrgentAgeAlarm;
      },
    },
  },
  {
    name: 'lateness, skewed clocks, failed starts, repairs and failed executions have alarms',
    check: (template) => [
      ...OURS.filter((metric) => !isWatched(template, 'Spillway', metric)),
      ...ofType(template, 'AWS::StepFunctions::StateMachine')
        .map(([id]) => id)
        .filter((id) =>
          ['ExecutionsFailed', 'ExecutionsTimedOut'].some(
            (metric) => !isWatched(template, 'AWS/States', metric, id),
          ),
        ),
    ],
    mutants: Object.fromEntries(
      [...OURS, 'StateMachineCountFilesFailed', 'StateMachineProcessFilesTimedOut'].map((name) => [
        `no ${name}`,
        (template: Template) => {
          delete template.Resources[`${name}Alarm`];
        },
      ]),
    ),
  },
  {
    name: 'our own metrics are looked for where they are written: by service and stage',
    check: (template) =>
      except(
        alarms(template).filter(([, { Properties }]) => Properties.Namespace === 'Spillway'),
        ({ Dimensions }) =>
          JSON.stringify(resolved(template, Dimensions)) ===
          '[{"Name":"service","Value":"spillway"},{"Name":"stage","Value":"test"}]',
      ),
    mutants: {
      'all stages': (template) => {
        the(template, 'LatenessAlarm').Properties.Dimensions.pop();
      },
    },
  },
  {
    name: 'alarms tell the topic, at one single occurrence, and silence is no alarm',
    check: (template) =>
      except(
        alarms(template).filter(([id]) => id !== OF_SILENCE),
        ({ AlarmActions, TreatMissingData, ComparisonOperator, Threshold }) =>
          idIn(AlarmActions?.[0]) === 'Topic' &&
          TreatMissingData === 'notBreaching' &&
          ComparisonOperator === 'GreaterThanThreshold' &&
          Threshold >= 0,
      ),
    mutants: {
      'to nobody': (template) => {
        the(template, 'IngestDlqAlarm').Properties.AlarmActions = [];
      },
      'when nothing happens': (template) => {
        the(template, 'LatenessAlarm').Properties.TreatMissingData = 'breaching';
      },
    },
  },
  {
    name: 'a reconcile that is not called any more is told of, and one that has not been called yet is not',
    check: (template) =>
      except(
        [[OF_SILENCE, the(template, OF_SILENCE)]],
        ({ MetricName, TreatMissingData, InsufficientDataActions, Period, EvaluationPeriods }) =>
          MetricName === 'ReconcileRuns' &&
          TreatMissingData === 'missing' &&
          idIn(InsufficientDataActions?.[0]) === 'Topic' &&
          Period * EvaluationPeriods === 900,
      ),
    mutants: {
      'an alarm with every first deployment': (template) => {
        the(template, OF_SILENCE).Properties.TreatMissingData = 'breaching';
      },
      'told to nobody': (template) => {
        delete the(template, OF_SILENCE).Properties.InsufficientDataActions;
      },
    },
  },
  {
    // Longer ones want periods of an hour (CloudWatch API reference, PutMetricAlarm).
    name: 'alarms look back over a day at most, in periods that CloudWatch has',
    check: (template) =>
      except(
        alarms(template),
        ({ Period, EvaluationPeriods }) =>
          Period % 60 === 0 && Period > 0 && EvaluationPeriods >= 1 && Period * EvaluationPeriods <= 86_400,
      ),
    mutants: {
      'half a minute': (template) => {
        the(template, 'LatenessAlarm').Properties.Period = 90;
      },
      'two days': (template) => {
        the(template, 'LatenessAlarm').Properties.EvaluationPeriods = 600;
      },
    },
  },
  {
    name: 'alarms and the dashboard look at metrics that the service writes',
    check: (template) => {
      const looked = [
        ...alarms(template)
          .filter(([, { Properties }]) => Properties.Namespace === 'Spillway')
          .map(([, { Properties }]) => String(Properties.MetricName)),
        ...shownMetrics(template),
      ];
      return looked.filter((name) => !WRITTEN.has(name));
    },
    mutants: {
      'an alarm on nothing': (template) => {
        the(template, 'LatenessAlarm').Properties.MetricName = 'Latency';
      },
      'a graph of nothing': (template) => {
        const body = the(template, 'Dashboard').Properties.DashboardBody;
        body['Fn::Sub'] = body['Fn::Sub'].replaceAll('"Duplicates"', '"Doubles"');
      },
    },
  },
  {
    name: 'somebody is told by e-mail',
    check: (template) => {
      const found = ofType(template, 'AWS::SNS::Subscription').filter(
        ([, { Properties }]) =>
          Properties.Endpoint === 'somebody@example.org' && Properties.Protocol === 'email',
      );
      return found.length === 1 ? [] : ['TopicSubscription'];
    },
    mutants: {
      nobody: (template) => {
        delete template.Resources.TopicSubscription;
      },
    },
  },
  {
    name: 'the dashboard is JSON that shows our metrics',
    check: (template) =>
      except(ofType(template, 'AWS::CloudWatch::Dashboard'), ({ DashboardBody }) => {
        try {
          const { widgets } = JSON.parse(String(resolved(template, DashboardBody)));
          return (
            widgets.length >= 8 &&
            JSON.stringify(widgets).includes('"Lateness","service","spillway","stage","test"')
          );
        } catch {
          return false;
        }
      }),
    mutants: {
      'no JSON': (template) => {
        the(template, 'Dashboard').Properties.DashboardBody = '{';
      },
    },
  },
];
