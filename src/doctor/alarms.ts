import { type CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Stage } from '../stage/stage.ts';
import { type Check, failed, ok, warning } from './check.ts';
import { revertDrift } from './mend.ts';
import type { StackResources } from './resources.ts';

/** DescribeAlarms takes so many names, and answers with no more than asked for (CloudWatch API reference). */
const NAMES_MAX = 100;

/** No alarm rings, and each would be heard. */
export async function alarmChecks(
  stage: Stage,
  resources: StackResources,
  client: CloudWatchClient,
): Promise<Check[]> {
  const names = resources('AWS::CloudWatch::Alarm').map(({ id }) => id);
  const found = new Map<string, MetricAlarm>();
  for (let start = 0; start < names.length; start += NAMES_MAX) {
    const asked = names.slice(start, start + NAMES_MAX);
    const { MetricAlarms = [] } = await client.send(
      new DescribeAlarmsCommand({ AlarmNames: asked, MaxRecords: NAMES_MAX }),
    );
    for (const alarm of MetricAlarms) found.set(alarm.AlarmName ?? '', alarm);
  }
  const checks = names.map((name) => alarmCheck(stage, name, found.get(name)));
  const bad = checks.filter(({ result }) => result !== 'ok');
  if (bad.length > 0) return bad;
  if (names.length === 0) return [warning('alarm', 'all', 'The stack has no alarm.', revertDrift(stage))];
  return [ok('alarm', 'all', `None of ${names.length} rings.`)];
}

function alarmCheck(stage: Stage, name: string, alarm: MetricAlarm | undefined): Check {
  if (alarm === undefined) return failed('alarm', name, 'It is gone.', revertDrift(stage));
  const { StateValue: state, AlarmDescription: means = '', StateReason: why = '' } = alarm;
  if (state === 'ALARM') {
    const sentence = [`It rings. ${means}`, why].filter((part) => part !== '').join(' ');
    return failed('alarm', name, sentence, whatToType(stage, name));
  }
  if (alarm.ActionsEnabled === false) {
    const mend = `aws cloudwatch enable-alarm-actions --alarm-names ${name}`;
    return warning('alarm', name, 'It tells nobody: its actions are switched off.', mend);
  }
  return ok('alarm', name, 'It does not ring.');
}

/** Where one starts; docs/operations.md goes on from there. */
const STARTS: readonly [RegExp, string][] = [
  [/Dlq$/, 'spillway dlq ls'],
  [/^StateMachine.*Failed$/, 'spillway batches --status failed'],
  [/^Lateness$/, 'spillway batches'],
  [/^FailedStarts$/, 'spillway batches --status closed'],
];

/** Whose log tells of the others; that of ingest tells of the rest. */
const LOGS: readonly [RegExp, string][] = [
  [/^Commands/, 'command'],
  [/^Reconcile/, 'reconcile'],
  [/^Status/, 'status'],
];

function whatToType({ name: stage, stack }: Stage, alarm: string): string {
  const name = alarm.startsWith(`${stack}-`) ? alarm.slice(stack.length + 1) : alarm;
  const [, command] = STARTS.find(([pattern]) => pattern.test(name)) ?? [];
  const [, log = 'ingest'] = LOGS.find(([pattern]) => pattern.test(name)) ?? [];
  const start =
    command === undefined
      ? `aws logs tail /aws/lambda/${stack}-${log} --since 1h`
      : `${command} --stage ${stage}`;
  return `${start} (docs/operations.md tells of ${name})`;
}
