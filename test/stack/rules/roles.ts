import {
  except,
  idIn,
  listOf,
  ofType,
  type Resource,
  type Rule,
  resolved,
  type Template,
  the,
} from '../template.ts';

interface Grant {
  Sid: string;
  Effect: string;
  Action: string[];
  Resource: unknown;
  Condition?: unknown;
}

const roles = (template: Template) => ofType(template, 'AWS::IAM::Role');

const grantsOf = ({ Properties }: Resource): Grant[] =>
  listOf<{ PolicyDocument: { Statement: Grant[] } }>(Properties.Policies).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );

/** Actions that have no resource to name (Step Functions developer guide, logging and tracing). */
const WITHOUT_RESOURCE = ['DeliverLog', 'Trace'];

const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const TAKE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
const TABLE = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'];
const NOTE = ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query'];
/** Who starts a batch's execution and hears that it has ended asks when it began. */
const START = ['states:StartExecution', 'states:DescribeExecution', 's3:PutObject', 'events:PutEvents'];
const ARM = ['sqs:SendMessage', 'scheduler:CreateSchedule', 'iam:PassRole'];
const OUTPUTS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];

/** All that each role may do. A new action belongs here too, with its reason in infra/roles.ts. */
const ACTIONS: Record<string, string[]> = {
  IngestRole: [...LOG, ...TAKE, ...TABLE, ...ARM, ...START],
  CommandRole: [...LOG, ...TAKE, 'sqs:ChangeMessageVisibility', ...TABLE, ...ARM, ...START],
  StatusRole: [...LOG, ...NOTE, ...START, 'sqs:SendMessage'],
  ReconcileRole: [...LOG, ...NOTE, ...ARM, ...START],
  ApiRole: [
    ...LOG,
    ...TABLE,
    ...ARM,
    ...START,
    'states:GetExecutionHistory',
    's3:GetObject',
    's3:ListBucket',
  ],
  CheckDashfileDashextensionsRole: [...LOG, 's3:GetObject', 's3:PutObject'],
  ProcessDashcsvRole: [...LOG, ...OUTPUTS, 's3:GetObjectVersion', 's3:ListBucket'],
  CollectDashresultsRole: [...LOG, 's3:GetObject', 's3:PutObject', 's3:ListBucket'],
  CountDashfilesDashcountDashfilesRole: [
    ...LOG,
    ...OUTPUTS,
    's3:GetObjectVersion',
    's3:ListBucket',
    'glue:GetTable',
  ],
  SchedulerRole: ['sqs:SendMessage'],
  ReconcileScheduleRole: ['lambda:InvokeFunction', 'sqs:SendMessage'],
};

const machineRole = (id: string) => id.startsWith('StateMachine');

const difference = (left: Set<string>, right: Set<string>) => [...left].filter((item) => !right.has(item));

export const roleRules: Rule[] = [
  {
    name: 'every function and every state machine has a role of its own',
    check: (template) => {
      const used = [
        ...ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => idIn(Properties.Role)),
        ...ofType(template, 'AWS::StepFunctions::StateMachine').map(([, { Properties }]) =>
          idIn(Properties.RoleArn),
        ),
      ];
      return used.filter((role, index) => role === '' || used.indexOf(role) !== index);
    },
    mutants: {
      'a shared role': (template) => {
        the(template, 'StatusLambdaFunction').Properties.Role = { 'Fn::GetAtt': ['IngestRole', 'Arn'] };
      },
    },
  },
  {
    name: 'roles may do what they need, and no more',
    check: (template) =>
      roles(template)
        .filter(([id]) => !machineRole(id))
        .flatMap(([id, role]) => {
          const found = new Set(grantsOf(role).flatMap(({ Action }) => Action));
          const wanted = new Set(ACTIONS[id] ?? []);
          return [
            ...difference(found, wanted).map((action) => `${id} may ${action}`),
            ...difference(wanted, found).map((action) => `${id} may not ${action}`),
          ];
        }),
    mutants: {
      'a scan': (template) => {
        grantsOf(the(template, 'IngestRole')).at(-1)?.Action.push('dynamodb:Scan');
      },
      'a misspelt action': (template) => {
        const grant = grantsOf(the(template, 'CommandRole')).find(({ Sid }) => Sid === 'TakeMessages');
        grant?.Action.splice(0, 1, 'sqs:RecieveMessage');
      },
      'a missing action': (template) => {
        grantsOf(the(template, 'SchedulerRole'))[0]?.Action.pop();
      },
    },
  },
  {
    name: 'no statement is about everything, in actions or resources',
    check: (template) =>
      roles(template).flatMap(([id, role]) =>
        grantsOf(role)
          .filter(({ Sid, Action, Resource }) => {
            const all = listOf(resolved(template, Resource)).some(
              (arn) =>
                arn === '*' || /:::\*|:\*$/.test(String(arn).replace(/(log-group|execution):.*:\*$/, '')),
            );
            return Action.some((action) => action.includes('*')) || (all && !WITHOUT_RESOURCE.includes(Sid));
          })
          .map(({ Sid }) => `${id} ${Sid}`),
      ),
    mutants: {
      'every action of a service': (template) => {
        const grant = grantsOf(the(template, 'ApiRole')).find(({ Sid }) => Sid === 'UseTable');
        grant?.Action.splice(0, 1, 'dynamodb:*');
      },
      'every state machine': (template) => {
        const grant = grantsOf(the(template, 'IngestRole')).find(({ Sid }) => Sid === 'StartExecutions');
        if (grant) grant.Resource = '*';
      },
      'every bucket': (template) => {
        const grant = grantsOf(the(template, 'ProcessDashcsvRole')).find(({ Sid }) => Sid === 'ReadFiles');
        if (grant) grant.Resource = ['arn:aws:s3:::*'];
      },
    },
  },
  {
    name: 'steps read and write below the prefixes of their routes only',
    check: (template) => {
      const allowed =
        /ref-bucketlanding\/(chapter10|partners|urgent)\/\*$|ref-bucketcurated\/(sales|partners|urgent)\/\*$/;
      return grantsOf(the(template, 'ProcessDashcsvRole'))
        .filter(({ Sid }) => Sid === 'ReadFiles' || Sid === 'UseOutputs')
        .flatMap(({ Resource }) => listOf(resolved(template, Resource)).map(String))
        .filter((arn) => !allowed.test(arn));
    },
    mutants: {
      "a neighbour's bucket": (template) => {
        const grant = grantsOf(the(template, 'ProcessDashcsvRole')).find(({ Sid }) => Sid === 'ReadFiles');
        listOf<unknown>(grant?.Resource as unknown[]).push('arn:aws:s3:::a-bucket-of-long-ago/*');
      },
    },
  },
  {
    name: 'routes may be run through every state machine that they name',
    check: (template) => {
      const wanted = [
        'ref-statemachineprocessfiles',
        'ref-statemachinecountfiles',
        'arn:aws:states:eu-central-1:111122223333:stateMachine:load-with-glue',
      ];
      return ['IngestRole', 'CommandRole', 'ReconcileRole', 'ApiRole', 'StatusRole'].filter((id) => {
        const start = grantsOf(the(template, id)).find(({ Sid }) => Sid === 'StartExecutions');
        const machines = listOf(resolved(template, start?.Resource) as string[]);
        return wanted.some((machine) => !machines.includes(machine));
      });
    },
    mutants: {
      'a machine less': (template) => {
        const grant = grantsOf(the(template, 'CommandRole')).find(({ Sid }) => Sid === 'StartExecutions');
        listOf<unknown>(grant?.Resource as unknown[]).pop();
      },
    },
  },
  {
    name: 'the role of schedules is handed to the Scheduler only',
    check: (template) =>
      roles(template).flatMap(([id, role]) =>
        grantsOf(role)
          .filter(({ Action }) => Action.includes('iam:PassRole'))
          .filter(({ Condition, Resource }) => {
            const to = JSON.stringify(Condition ?? '');
            return !to.includes('scheduler.amazonaws.com') || idIn(listOf(Resource)[0]) !== 'SchedulerRole';
          })
          .map(() => id),
      ),
    mutants: {
      'to any service': (template) => {
        const grant = grantsOf(the(template, 'ApiRole')).find(({ Sid }) => Sid === 'HandSchedulerItsRole');
        delete grant?.Condition;
      },
    },
  },
  {
    name: 'roles are made of statements here, not of what AWS or somebody else manages',
    check: (template) =>
      except(roles(template), ({ ManagedPolicyArns: managed = [] }) => managed.length === 0),
    mutants: {
      administrator: (template) => {
        the(template, 'IngestRole').Properties.ManagedPolicyArns = [
          'arn:aws:iam::aws:policy/AdministratorAccess',
        ];
      },
    },
  },
  {
    // Lambda names no source when it assumes a role, so roles of functions have no such condition.
    name: 'roles of state machines and schedules are assumed for this stack only',
    check: (template) =>
      except(roles(template), ({ AssumeRolePolicyDocument }) => {
        const [trust] = AssumeRolePolicyDocument.Statement;
        if (AssumeRolePolicyDocument.Statement.length !== 1 || trust.Principal.AWS) return false;
        if (trust.Principal.Service === 'lambda.amazonaws.com') return true;
        const { StringEquals, ArnLike } = trust.Condition ?? {};
        return StringEquals?.['aws:SourceAccount'] && ArnLike?.['aws:SourceArn'];
      }),
    mutants: {
      'any schedule': (template) => {
        delete the(template, 'SchedulerRole').Properties.AssumeRolePolicyDocument.Statement[0].Condition;
      },
      'an account': (template) => {
        the(template, 'IngestRole').Properties.AssumeRolePolicyDocument.Statement[0].Principal = { AWS: '*' };
      },
    },
  },
];
