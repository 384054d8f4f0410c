import { except, idIn, ofType, type Rule, resolved, type Template, the } from '../template.ts';

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
        .filter((id) => !isWatched(template, 'AWS/States', 'ExecutionsFailed', id)),
    ],
    mutants: Object.fromEntries(
      [...OURS, 'StateMachineCountFilesFailed'].map((name) => [
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
        alarms(template),
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
