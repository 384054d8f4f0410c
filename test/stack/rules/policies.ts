import { except, idIn, listOf, ofType, type Rule, type Template, the } from '../template.ts';

interface Statement {
  Sid?: string;
  Effect: string;
  // biome-ignore lint/suspicious/noExplicitAny: a policy's parts take several shapes.
  Principal?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  Action: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  Resource: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  Condition?: any;
}

const RESOURCE_POLICIES = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'];

/** Every statement of a policy that hangs on a resource, with the policy's name. */
function resourceStatements(template: Template): [string, Statement][] {
  return RESOURCE_POLICIES.flatMap((type) =>
    ofType(template, type).flatMap(([id, { Properties }]) =>
      listOf<Statement>(Properties.PolicyDocument.Statement).map((statement): [string, Statement] => [
        id,
        statement,
      ]),
    ),
  );
}

const deniesPlainText = ({ Effect, Principal, Condition }: Statement) => {
  const secure = Condition?.Bool?.['aws:SecureTransport'];
  return Effect === 'Deny' && Principal === '*' && String(secure) === 'false';
};

/** Ids of resources of a type that no policy of another type protects. */
function unprotected(template: Template, type: string, policyType: string, named: string): string[] {
  const protectedIds = ofType(template, policyType)
    .filter(([, { Properties }]) =>
      listOf<Statement>(Properties.PolicyDocument.Statement).some(deniesPlainText),
    )
    .flatMap(([, { Properties }]) => listOf<unknown>(Properties[named]).map(idIn));
  return ofType(template, type)
    .map(([id]) => id)
    .filter((id) => id !== 'ServerlessDeploymentBucket' && !protectedIds.includes(id));
}

export const resourcePolicyRules: Rule[] = [
  {
    name: 'queues are spoken to over TLS only',
    check: (template) => unprotected(template, 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'Queues'),
    mutants: {
      'a queue without a policy': (template) => {
        delete template.Resources.CommandsDlqPolicy;
      },
      'a policy that denies nothing': (template) => {
        the(template, 'IngestQueuePolicy').Properties.PolicyDocument.Statement.shift();
      },
    },
  },
  {
    name: 'buckets are spoken to over TLS only',
    check: (template) => unprotected(template, 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Bucket'),
    mutants: {
      'a bucket without a policy': (template) => {
        delete template.Resources.BucketLandingPolicy;
      },
    },
  },
  {
    name: 'the topic is encrypted with a key that alarms may use, and published to over TLS only',
    check: (template) => [
      ...unprotected(template, 'AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'Topics'),
      ...except(ofType(template, 'AWS::SNS::Topic'), ({ KmsMasterKeyId: key }) => idIn(key) === 'TopicKey'),
      ...except(ofType(template, 'AWS::KMS::Key'), ({ KeyPolicy, EnableKeyRotation }) => {
        const services = KeyPolicy.Statement.map(({ Principal }: Statement) => Principal.Service);
        return EnableKeyRotation === true && services.includes('cloudwatch.amazonaws.com');
      }),
    ],
    mutants: {
      'no key': (template) => {
        delete the(template, 'Topic').Properties.KmsMasterKeyId;
      },
      'the key that CloudWatch cannot use': (template) => {
        the(template, 'Topic').Properties.KmsMasterKeyId = 'alias/aws/sns';
      },
      'a key that alarms may not use': (template) => {
        the(template, 'TopicKey').Properties.KeyPolicy.Statement.pop();
      },
    },
  },
  {
    name: 'services may act for this stack only',
    check: (template) =>
      [
        ...resourceStatements(template),
        ...ofType(template, 'AWS::KMS::Key').flatMap(([id, { Properties }]) =>
          Properties.KeyPolicy.Statement.map((statement: Statement): [string, Statement] => [id, statement]),
        ),
      ]
        .filter(([id]) => id !== 'ServerlessDeploymentBucketPolicy')
        .filter(([, { Effect, Principal, Condition }]) => {
          if (Effect !== 'Allow') return false;
          if (Principal === '*' || Principal?.AWS === '*') return true;
          if (Principal?.Service === undefined) return false;
          return Condition?.StringEquals?.['aws:SourceAccount'] === undefined;
        })
        .map(([id]) => id),
    mutants: {
      'any account': (template) => {
        delete the(template, 'IngestQueuePolicy').Properties.PolicyDocument.Statement[1].Condition;
      },
      'anybody at all': (template) => {
        the(template, 'IngestDlqPolicy').Properties.PolicyDocument.Statement[1].Principal = '*';
      },
    },
  },
  {
    name: 'rules may send to queues and alarms to the topic, those of this stack only',
    check: (template) =>
      resourceStatements(template)
        .filter(([, { Effect, Principal }]) => Effect === 'Allow' && Principal?.Service !== undefined)
        .filter(([, { Condition }]) => {
          const source = JSON.stringify(Condition?.ArnLike?.['aws:SourceArn'] ?? '');
          return !/:rule\/\$\{AWS::StackName\}-\*|:alarm:spillway-test-\*/.test(source);
        })
        .map(([id]) => id),
    mutants: {
      'any rule': (template) => {
        delete the(template, 'IngestQueuePolicy').Properties.PolicyDocument.Statement[1].Condition.ArnLike;
      },
    },
  },
  {
    name: 'functions are called by what names itself as the source',
    check: (template) =>
      except(
        ofType(template, 'AWS::Lambda::Permission'),
        ({ SourceArn, Principal }) => SourceArn && Principal !== '*',
      ),
    mutants: {
      'by every rule of the account': (template) => {
        delete the(template, 'StatusRule1Permission').Properties.SourceArn;
      },
    },
  },
];
