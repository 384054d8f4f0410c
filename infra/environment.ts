import { bucketName, type Stack, stateMachineId } from './stack.ts';
import { tableName } from './table.ts';
import { arnOf, ref, type Text } from './template.ts';

export interface EnvironmentSettings {
  eventBus: string;
  logKeys: string;
}

/**
 * What the functions are told that route, count and close: all of the service. Steps are told nothing; what they need
 * stands in their input.
 */
export function serviceEnvironment(stack: Stack, settings: EnvironmentSettings): Record<string, Text> {
  const buckets = stack.configuration.buckets.map(
    (bucket) => [bucket.name, bucketName(stack, bucket)] as const,
  );
  const pipelines = stack.pipelines.map(({ name }) => [name, ref(stateMachineId(stack, name))] as const);
  return {
    SPILLWAY_STAGE: stack.stage,
    SPILLWAY_LOG_KEYS: settings.logKeys,
    POWERTOOLS_SERVICE_NAME: 'spillway',
    POWERTOOLS_METRICS_NAMESPACE: 'Spillway',
    SPILLWAY_TABLE: tableName(stack),
    SPILLWAY_COMMANDS_QUEUE_URL: ref('CommandsQueue'),
    SPILLWAY_COMMANDS_QUEUE_ARN: arnOf('CommandsQueue'),
    SPILLWAY_COMMANDS_DLQ_ARN: arnOf('CommandsDlq'),
    SPILLWAY_SCHEDULE_GROUP: ref('ScheduleGroup'),
    SPILLWAY_SCHEDULER_ROLE_ARN: arnOf('SchedulerRole'),
    SPILLWAY_MANIFEST_BUCKET: ref('ManifestBucket'),
    SPILLWAY_EVENT_BUS: settings.eventBus,
    SPILLWAY_BUCKETS: jsonOf(buckets),
    SPILLWAY_PIPELINES: jsonOf(pipelines),
  };
}

/** A JSON object whose values are known only when the stack is made. */
function jsonOf(entries: (readonly [name: string, value: Text])[]): Text {
  const parts = entries.map(([name], index) => `${JSON.stringify(name)}:"\${V${index}}"`);
  if (entries.length === 0) return '{}';
  return {
    'Fn::Sub': [
      `{${parts.join(',')}}`,
      Object.fromEntries(entries.map(([, value], index) => [`V${index}`, value])),
    ],
  };
}
