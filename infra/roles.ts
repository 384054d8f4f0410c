import type { Route } from '../src/routes/configuration.ts';
import {
  announce,
  armTimers,
  bucketArns,
  type Grant,
  grant,
  haveCommandsComeAgain,
  keepFailedCalls,
  noteInTable,
  outputObjects,
  outputsOf,
  readExecutions,
  sendCommands,
  sourceObjects,
  startExecutions,
  takeMessages,
  trace,
  useTable,
  writeLog,
  writeManifests,
} from './grants.ts';
import { functionId, functionKey } from './pipelines.ts';
import { type Stack, stateMachineId } from './stack.ts';
import { arnOf, type Resource, type Resources, ref, sub, type Text } from './template.ts';

/** The logical id of a function's role. */
export function roleId(key: string): string {
  return `${functionId(key).replace(/LambdaFunction$/, '')}Role`;
}

/** A role for each function of serverless.yml and each step that somebody added, with what it needs and no more. */
export function functionRoles(
  stack: Stack,
  { eventBus, traced = false }: { eventBus: string; traced?: boolean },
): Resources {
  const start = startExecutions(stack);
  // Who closes a window starts its batch and arms the next timer; what fails goes to the commands queue.
  const effects = [sendCommands, ...armTimers, start, writeManifests, announce(eventBus)];
  const describe = readExecutions(stack, ['states:DescribeExecution']);
  const dedicated = stack.configuration.routes.filter(({ queue }) => queue === 'dedicated');
  const ingestQueues = [
    'IngestQueue',
    ...dedicated.map(({ name }) => `IngestQueue${stack.routeIds.get(name)}`),
  ];
  const { routes } = stack.configuration;
  const grants: Record<string, Grant[]> = {
    // A batch whose execution has ended cannot be started again: who finds that asks when it began.
    ingest: [takeMessages(ingestQueues), useTable(stack), ...effects, describe],
    command: [takeMessages(['CommandsQueue']), haveCommandsComeAgain, useTable(stack), ...effects, describe],
    // An execution's end may be the first sign that it was started: its batch is then noted as started.
    // DescribeExecution, because status events leave out an input over 248 KiB.
    status: [keepFailedCalls, noteInTable(stack), start, writeManifests, announce(eventBus), describe],
    reconcile: [keepFailedCalls, noteInTable(stack), ...effects, describe],
    api: [
      useTable(stack),
      ...effects,
      readExecutions(stack, ['states:DescribeExecution', 'states:GetExecutionHistory']),
      // `where` asks when an object was written; without ListBucket S3 answers 403 for one that is not there.
      // What became of a file stands in its batch's report, beside the output.
      grant('LookUpFiles', ['s3:GetObject'], sourceObjects(stack, routes)),
      grant('ReadReports', ['s3:GetObject'], outputObjects(stack, routes)),
      listBuckets(stack, [...routes.map(({ bucket }) => bucket), ...outputBuckets(routes)]),
    ],
    ...stepGrants(stack),
  };
  return Object.fromEntries(
    Object.entries(grants).map(([key, list]) => [
      roleId(key),
      functionRole(`spillway-${stack.stage}-${key}`, traced ? [...list, trace] : list),
    ]),
  );
}

function stepGrants(stack: Stack): Record<string, Grant[]> {
  const grants: Record<string, Grant[]> = {};
  for (const pipeline of stack.pipelines) {
    const routes = stack.configuration.routes.filter(
      ({ pipeline: setting }) => 'name' in setting && setting.name === pipeline.name,
    );
    for (const step of pipeline.steps) {
      const key = functionKey(pipeline, step);
      grants[key] = [
        ...(SHIPPED_STEPS[key] ?? anyStep)(stack, routes),
        ...pipeline.permissions.filter(isGrant),
      ];
    }
  }
  return grants;
}

const readManifests = grant('ReadManifests', ['s3:GetObject'], [sub('${ManifestBucket.Arn}/*')]);

const readSources = (stack: Stack, routes: Route[]) =>
  grant('ReadFiles', ['s3:GetObject', 's3:GetObjectVersion'], sourceObjects(stack, routes));

const useOutputs = (stack: Stack, routes: Route[], actions: string[]) =>
  grant('UseOutputs', actions, outputObjects(stack, routes));

/** Files too large for one request go up in parts; an upload that fails takes back those that are there. */
const WRITE_FILES = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];

/** Without it S3 answers 403, not 404, for an object that is not there: sources that are gone, notes not written. */
const listBuckets = (stack: Stack, names: string[]) =>
  grant('TellMissingFromForbidden', ['s3:ListBucket'], bucketArns(stack, names));

const outputBuckets = (routes: Route[]) => outputsOf(routes).map(({ bucket }) => bucket);

type StepGrants = (stack: Stack, routes: Route[]) => Grant[];

const SHIPPED_STEPS: Record<string, StepGrants> = {
  // Lists that are too long for a state are put beside the output.
  'check-file-extensions': (stack, routes) => [readManifests, useOutputs(stack, routes, ['s3:PutObject'])],
  // Reads the lists that check-file-extensions left, and removes what an earlier attempt wrote.
  'process-csv': (stack, routes) => [
    readSources(stack, routes),
    useOutputs(stack, routes, WRITE_FILES),
    listBuckets(stack, [...routes.map(({ bucket }) => bucket), ...outputBuckets(routes)]),
  ],
  'collect-results': (stack, routes) => [
    useOutputs(stack, routes, ['s3:GetObject', 's3:PutObject']),
    listBuckets(stack, outputBuckets(routes)),
  ],
};

const anyStep: StepGrants = (stack, routes) => [
  readManifests,
  readSources(stack, routes),
  useOutputs(stack, routes, WRITE_FILES),
  listBuckets(stack, [...routes.map(({ bucket }) => bucket), ...outputBuckets(routes)]),
];

function isGrant(value: unknown): value is Grant {
  return typeof value === 'object' && value !== null && 'Action' in value && 'Resource' in value;
}

function functionRole(functionName: string, grants: Grant[]): Resource {
  return role(trust('lambda.amazonaws.com'), [writeLog(functionName), ...grants]);
}

/** Roles of state machines: call the steps, tell of failures, write the log, trace. */
export function stateMachineRoles(stack: Stack): Resources {
  return Object.fromEntries(
    stack.pipelines.map((pipeline) => {
      const functions = pipeline.steps.map((step) => arnOf(functionId(functionKey(pipeline, step))));
      const ours = `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:spillway-${stack.stage}-*`;
      return [
        `${stateMachineId(stack, pipeline.name)}Role`,
        role(trust('states.amazonaws.com', sub(ours)), [
          grant('CallSteps', ['lambda:InvokeFunction'], functions),
          grant('TellOfFailures', ['sns:Publish'], [ref('Topic')]),
          grant('UseTopicKey', ['kms:Decrypt', 'kms:GenerateDataKey'], [arnOf('TopicKey')]),
          // Log deliveries have no resources that a policy could name (Step Functions developer guide).
          grant('DeliverLog', LOG_DELIVERY, '*'),
          trace,
        ]),
      ];
    }),
  );
}

const LOG_DELIVERY = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

/** Roles that can do no more than a managed policy allows, whatever their own policies say; as they are without one. */
export function bounded(roles: Resources, boundary: string): Resources {
  if (boundary === '') return roles;
  return Object.fromEntries(
    Object.entries(roles).map(([id, { Properties, ...rest }]) => [
      id,
      { ...rest, Properties: { ...Properties, PermissionsBoundary: boundary } },
    ]),
  );
}

/** The role by which schedules send their commands, and give up on them. */
export function schedulerRole(): Resource {
  const group =
    'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/${ScheduleGroup}';
  return role(trust('scheduler.amazonaws.com', sub(group)), [
    grant('SendCommands', ['sqs:SendMessage'], [arnOf('CommandsQueue'), arnOf('CommandsDlq')]),
  ]);
}

/** The role by which the schedule of reconcile calls it. */
export function reconcileScheduleRole(): Resource {
  const group =
    'arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/${ScheduleGroup}';
  return role(trust('scheduler.amazonaws.com', sub(group)), [
    grant('CallReconcile', ['lambda:InvokeFunction'], [arnOf('ReconcileLambdaFunction')]),
    grant('KeepMissedCalls', ['sqs:SendMessage'], [arnOf('StatusDlq')]),
  ]);
}

function trust(service: string, sourceArn?: Text) {
  return {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    ...(sourceArn && {
      Condition: {
        StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') },
        ArnLike: { 'aws:SourceArn': sourceArn },
      },
    }),
  };
}

function role(trusted: Record<string, unknown>, grants: Grant[]): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [trusted] },
      Policies: [
        {
          PolicyName: 'needs',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: grants.filter(({ Resource }) => Resource.length > 0),
          },
        },
      ],
    },
  };
}
