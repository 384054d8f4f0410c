import { except, idIn, listOf, ofType, type Rule, type Template, the } from '../template.ts';

/** Whether who calls may call: an emulator lets everybody, AWS fails without a word where a permission is missing. */

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: { Service?: string };
}

const SENDS = 'sqs:SendMessage';
const CALLS = 'lambda:InvokeFunction';

function statementsOf(template: Template, role: string): Statement[] {
  return listOf<{ PolicyDocument: { Statement: Statement[] } }>(
    the(template, role).Properties.Policies,
  ).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

function roleMay(template: Template, role: string, action: string, id: string): boolean {
  return statementsOf(template, role).some(
    ({ Action, Resource }) =>
      listOf(Action).includes(action) &&
      listOf<unknown>(Resource as unknown[]).some((arn) => idIn(arn) === id),
  );
}

/** Whether EventBridge may send to a queue. */
function queueTakesEvents(template: Template, queue: string): boolean {
  return ofType(template, 'AWS::SQS::QueuePolicy')
    .filter(([, { Properties }]) => listOf<unknown>(Properties.Queues).some((item) => idIn(item) === queue))
    .flatMap(([, { Properties }]) => listOf<Statement>(Properties.PolicyDocument.Statement))
    .some(
      ({ Effect, Principal, Action, Resource }) =>
        Effect === 'Allow' &&
        Principal?.Service === 'events.amazonaws.com' &&
        listOf(Action).includes(SENDS) &&
        idIn(Resource) === queue,
    );
}

function functionLetsIn(template: Template, id: string, principal: string, source = ''): boolean {
  return ofType(template, 'AWS::Lambda::Permission').some(
    ([, { Properties }]) =>
      idIn(Properties.FunctionName) === id &&
      Properties.Principal === principal &&
      Properties.Action === CALLS &&
      (source === '' || idIn(Properties.SourceArn) === source),
  );
}

const isFunction = (template: Template, id: string) =>
  template.Resources[id]?.Type === 'AWS::Lambda::Function';

export const wiringRules: Rule[] = [
  {
    name: 'rules are let in by what they target, and by the dead letters',
    check: (template) =>
      ofType(template, 'AWS::Events::Rule').flatMap(([rule, { Properties }]) =>
        listOf<{ Arn: unknown; DeadLetterConfig: { Arn: unknown } }>(Properties.Targets).flatMap(
          ({ Arn, DeadLetterConfig }) => {
            const [target, letters] = [idIn(Arn), idIn(DeadLetterConfig.Arn)];
            const lets = isFunction(template, target)
              ? functionLetsIn(template, target, 'events.amazonaws.com', rule)
              : queueTakesEvents(template, target);
            return [...(lets ? [] : [target]), ...(queueTakesEvents(template, letters) ? [] : [letters])];
          },
        ),
      ),
    mutants: {
      'a function that no rule may call': (template) => {
        delete template.Resources.StatusRule1Permission;
      },
      'a queue that takes nothing from rules': (template) => {
        the(template, 'IngestQueuePolicy').Properties.PolicyDocument.Statement.pop();
      },
      'dead letters that take nothing from rules': (template) => {
        the(template, 'StatusDlqPolicy').Properties.PolicyDocument.Statement.pop();
      },
    },
  },
  {
    name: 'schedules may reach what they target, and the dead letters, by their roles',
    check: (template) =>
      except(ofType(template, 'AWS::Scheduler::Schedule'), ({ Target }) => {
        const [role, target] = [idIn(Target.RoleArn), idIn(Target.Arn)];
        const action = isFunction(template, target) ? CALLS : SENDS;
        return (
          roleMay(template, role, action, target) &&
          roleMay(template, role, SENDS, idIn(Target.DeadLetterConfig.Arn))
        );
      }),
    mutants: {
      'a role for something else': (template) => {
        the(template, 'ReconcileSchedule').Properties.Target.RoleArn = {
          'Fn::GetAtt': ['SchedulerRole', 'Arn'],
        };
      },
      'dead letters out of reach': (template) => {
        const [statement] = statementsOf(template, 'SchedulerRole');
        ((statement?.Resource ?? []) as unknown[]).pop();
      },
    },
  },
  {
    name: 'the API may call its function',
    check: (template) =>
      functionLetsIn(template, 'ApiLambdaFunction', 'apigateway.amazonaws.com') ? [] : ['ApiLambdaFunction'],
    mutants: {
      'an API that nobody answers': (template) => {
        delete template.Resources.ApiLambdaPermissionHttpApi;
      },
    },
  },
  {
    name: 'functions may read the queues that are mapped to them',
    check: (template) =>
      except(ofType(template, 'AWS::Lambda::EventSourceMapping'), ({ EventSourceArn, FunctionName }) => {
        const role = idIn(the(template, idIn(FunctionName)).Properties.Role);
        return ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].every((action) =>
          roleMay(template, role, action, idIn(EventSourceArn)),
        );
      }),
    mutants: {
      'a dedicated queue that ingest may not read': (template) => {
        const taking = statementsOf(template, 'IngestRole').find(({ Sid }) => Sid === 'TakeMessages');
        ((taking?.Resource ?? []) as unknown[]).pop();
      },
    },
  },
  {
    name: 'functions that are called asynchronously may keep what they failed at',
    check: (template) =>
      ['Status', 'Reconcile'].filter((name) => {
        const settings = ofType(template, 'AWS::Lambda::EventInvokeConfig').find(
          ([, { Properties }]) => idIn(Properties.FunctionName) === `${name}LambdaFunction`,
        )?.[1].Properties;
        const destination = idIn(settings?.DestinationConfig?.OnFailure?.Destination);
        return destination !== 'StatusDlq' || !roleMay(template, `${name}Role`, SENDS, destination);
      }),
    mutants: {
      'failed calls that are dropped': (template) => {
        delete template.Resources.StatusLambdaEvConf;
      },
      'a destination that nothing may be sent to': (template) => {
        const { Statement } = the(template, 'ReconcileRole').Properties.Policies[0].PolicyDocument;
        Statement.splice(
          Statement.findIndex(({ Sid }: Statement) => Sid === 'KeepFailedCalls'),
          1,
        );
      },
    },
  },
  {
    // Lambda takes a function that sends to the queue it reads for a loop, and drops the message after 16 calls.
    name: 'a function may send itself commands for as long as a window is open',
    check: (template) =>
      ofType(template, 'AWS::Lambda::EventSourceMapping')
        .filter(([, { Properties }]) => {
          const reader = the(template, idIn(Properties.FunctionName)).Properties;
          const loops = roleMay(template, idIn(reader.Role), SENDS, idIn(Properties.EventSourceArn));
          return loops && reader.RecursiveLoop !== 'Allow';
        })
        .map(([id]) => id),
    mutants: {
      'stopped by Lambda': (template) => {
        delete the(template, 'CommandLambdaFunction').Properties.RecursiveLoop;
      },
    },
  },
  {
    name: 'state machines may call their steps, tell of failures through the encrypted topic, and write their log',
    check: (template) =>
      except(ofType(template, 'AWS::StepFunctions::StateMachine'), ({ DefinitionSubstitutions, RoleArn }) => {
        const role = idIn(RoleArn);
        const steps = Object.values(DefinitionSubstitutions)
          .map(idIn)
          .filter((id) => isFunction(template, id));
        const delivers = statementsOf(template, role).find(({ Sid }) => Sid === 'DeliverLog');
        return (
          steps.length > 0 &&
          steps.every((step) => roleMay(template, role, CALLS, step)) &&
          roleMay(template, role, 'sns:Publish', 'Topic') &&
          ['kms:Decrypt', 'kms:GenerateDataKey'].every((action) =>
            roleMay(template, role, action, 'TopicKey'),
          ) &&
          ['logs:CreateLogDelivery', 'logs:PutResourcePolicy', 'logs:DescribeLogGroups'].every((action) =>
            listOf(delivers?.Action ?? []).includes(action),
          )
        );
      }),
    mutants: {
      'a step less': (template) => {
        const [calling] = statementsOf(template, 'StateMachineProcessFilesRole');
        ((calling?.Resource ?? []) as unknown[]).pop();
      },
      'a topic whose key it may not use': (template) => {
        const { Statement } = the(template, 'StateMachineCountFilesRole').Properties.Policies[0]
          .PolicyDocument;
        Statement.splice(
          Statement.findIndex(({ Sid }: Statement) => Sid === 'UseTopicKey'),
          1,
        );
      },
    },
  },
];
