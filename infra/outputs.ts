import { bucketName, type Stack, stateMachineId } from './stack.ts';
import { tableName } from './table.ts';
import { ref, sub, type Text } from './template.ts';

interface Output {
  Description: string;
  Value: Text;
}

/** What commands and people look up in the stack. */
export function outputs(stack: Stack, eventBus: string): Record<string, Output> {
  const buckets = stack.configuration.buckets.map((bucket) => [
    `Bucket${stack.bucketIds.get(bucket.name)}`,
    output(`The bucket that routes.yml calls ${bucket.name}`, bucketName(stack, bucket)),
  ]);
  const machines = stack.pipelines.map(({ name }) => [
    `${stateMachineId(stack, name)}Arn`,
    output(`The state machine of the pipeline ${name}`, ref(stateMachineId(stack, name))),
  ]);
  return {
    ApiUrl: output(
      'The API, for spillway --url',
      sub('https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}'),
    ),
    TableName: output('The table: logs, items, flushes', tableName(stack)),
    IngestQueueUrl: output('Events on their way in', ref('IngestQueue')),
    IngestDlqUrl: output('Events that could not be taken in', ref('IngestDlq')),
    CommandsQueueUrl: output('Deadlines, flushes, redone effects', ref('CommandsQueue')),
    CommandsDlqUrl: output('Commands that could not be carried out', ref('CommandsDlq')),
    StatusDlqUrl: output('Calls of status and reconcile that came too late, or failed', ref('StatusDlq')),
    TopicArn: output('Failures of batches and alarms', ref('Topic')),
    BusName: output('The bus that lifecycle events go to', eventBus),
    ManifestBucket: output('Inputs of batches that are too large for a state', ref('ManifestBucket')),
    ...Object.fromEntries(machines),
    ...Object.fromEntries(buckets),
  };
}

function output(description: string, value: Text): Output {
  return { Description: description, Value: value };
}
