import type { Stack } from './stack.ts';
import { type Resource, type Resources, ref, type Text } from './template.ts';

/** Alarms; docs/operations-aws.md says what to do about each. */
export function alarms(stack: Stack): Resources {
  const { stage } = stack;
  const dlqs = ['IngestDlq', 'CommandsDlq', 'StatusDlq'];
  return Object.fromEntries(
    dlqs.map((id) => [
      `${id}Alarm`,
      alarm(stage, `${id}`, `Dead letters in ${id}`, {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [id, 'QueueName'] } }],
        Statistic: 'Maximum',
        Period: 60,
        Threshold: 0,
      }),
    ]),
  );
}

interface Measure {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: Text }[];
  Statistic: string;
  Period: number;
  Threshold: number;
}

function alarm(stage: string, name: string, description: string, measure: Measure): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `spillway-${stage}-${name}`,
      AlarmDescription: description,
      ...measure,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
      AlarmActions: [ref('Topic')],
      OKActions: [ref('Topic')],
    },
  };
}
