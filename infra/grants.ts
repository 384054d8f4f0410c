import type { Location } from '../src/core/policy.ts';
import type { Route } from '../src/routes/configuration.ts';
import { literalPrefix } from './event-patterns.ts';
import { machineName } from './pipelines.ts';
import { bucketName, type Stack, stateMachineId } from './stack.ts';
import { tableArn } from './table.ts';
import { arnOf, ref, sub, type Text } from './template.ts';

/** One statement of a role's policy. */
export interface Grant {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: Text[] | '*';
  Condition?: Record<string, unknown>;
}

export function grant(sid: string, actions: string[], resources: Text[] | '*'): Grant {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: resources };
}

export function writeLog(functionName: string): Grant {
  const group = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`;
  return grant('WriteLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], [sub(group)]);
}

export function takeMessages(queueIds: string[]): Grant {
  const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
  return grant('TakeMessages', actions, queueIds.map(arnOf));
}

/** A command that failed comes again in seconds, not when its queue would show it again by itself. */
export const haveCommandsComeAgain = grant(
  'HaveCommandsComeAgain',
  ['sqs:ChangeMessageVisibility'],
  [arnOf('CommandsQueue')],
);

/** No Scan and no delete: the log is only ever added to. */
export const useTable = (stack: Stack): Grant =>
  grant(
    'UseTable',
    ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'],
    [tableArn(stack)],
  );

/** For those that only note what became of batches: they add nothing to a log. */
export const noteInTable = (stack: Stack): Grant =>
  grant('NoteInTable', ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query'], [tableArn(stack)]);

export const sendCommands = grant('SendCommands', ['sqs:SendMessage'], [arnOf('CommandsQueue')]);

/** What an asynchronous call failed at is kept; Lambda sends it as the function. */
export const keepFailedCalls = grant('KeepFailedCalls', ['sqs:SendMessage'], [arnOf('StatusDlq')]);

/** Traces have no resources that a policy could name (X-Ray developer guide). */
export const trace = grant(
  'Trace',
  ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
  '*',
);

/** Deadlines more than 15 minutes away. The Scheduler deletes them itself. */
export const armTimers: Grant[] = [
  grant(
    'ArmTimers',
    ['scheduler:CreateSchedule'],
    [sub('arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${ScheduleGroup}/*')],
  ),
  {
    // A schedule sends by a role of its own, and who makes the schedule must be allowed to hand that role over.
    ...grant('HandSchedulerItsRole', ['iam:PassRole'], [arnOf('SchedulerRole')]),
    Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
  },
];

export const announce = (eventBus: string): Grant =>
  grant(
    'Announce',
    ['events:PutEvents'],
    [sub(`arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:event-bus/${eventBus}`)],
  );

/** A batch whose input would be too large for a state travels as a manifest. */
export const writeManifests = grant('WriteManifests', ['s3:PutObject'], [sub('${ManifestBucket.Arn}/*')]);

export function startExecutions(stack: Stack): Grant {
  const own = stack.pipelines.map(({ name }) => ref(stateMachineId(stack, name)));
  return grant('StartExecutions', ['states:StartExecution'], [...own, ...stack.existingMachines]);
}

/** @param actions of executions: DescribeExecution, GetExecutionHistory */
export function readExecutions(stack: Stack, actions: string[]): Grant {
  const own = stack.pipelines.map(({ name }) =>
    sub(
      'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:' +
        `${machineName(stack, name)}:*`,
    ),
  );
  const existing = stack.existingMachines.map((arn) => `${arn.replace(':stateMachine:', ':execution:')}:*`);
  return grant('ReadExecutions', actions, [...own, ...existing]);
}

/** A role's policies hold 10,240 characters: of more places than this the most crowded buckets are granted whole. */
const PLACES_MAX = 30;

/** The objects that routes read. */
export function sourceObjects(stack: Stack, routes: readonly Route[]): Text[] {
  return objectsOf(
    stack,
    routes.map(({ bucket, pattern }) => ({ bucket, prefix: literalPrefix(pattern) })),
  );
}

/** The objects that pipelines write for routes. */
export function outputObjects(stack: Stack, routes: readonly Route[]): Text[] {
  return objectsOf(stack, outputsOf(routes));
}

export function outputsOf(routes: readonly Route[]): Location[] {
  return routes.flatMap(({ output }) => (output === undefined ? [] : [output]));
}

export function bucketArns(stack: Stack, names: readonly string[]): Text[] {
  return [...new Set(names)].sort().map((name) => objectArn(stack, name, ''));
}

function objectsOf(stack: Stack, places: readonly Location[]): Text[] {
  const buckets = [...Map.groupBy(places, ({ bucket }) => bucket)].map(([bucket, group]) => {
    const prefixes = [...new Set(group.map(({ prefix }) => prefix))].sort();
    // A resource has wildcards and variables of its own.
    return { bucket, prefixes: prefixes.some((prefix) => /[*?$]/.test(prefix)) ? [''] : prefixes };
  });
  let total = buckets.reduce((sum, { prefixes }) => sum + prefixes.length, 0);
  for (const crowded of buckets.toSorted((a, b) => b.prefixes.length - a.prefixes.length)) {
    if (total <= PLACES_MAX) break;
    total -= crowded.prefixes.length - 1;
    crowded.prefixes = [''];
  }
  return buckets.flatMap(({ bucket, prefixes }) =>
    prefixes.map((prefix) => objectArn(stack, bucket, `/${prefix}*`)),
  );
}

function objectArn(stack: Stack, bucket: string, path: string): Text {
  const found = stack.configuration.buckets.find(({ name }) => name === bucket);
  const name = found === undefined ? bucket : bucketName(stack, found);
  const text = `arn:\${AWS::Partition}:s3:::\${Bucket}${path}`;
  return { 'Fn::Sub': [text, { Bucket: name }] };
}
