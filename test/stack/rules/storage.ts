import { except, ofType, type Rule, type Template, the } from '../template.ts';

/** Buckets with people's data; osls keeps its zips in one of its own. */
const buckets = (template: Template) =>
  ofType(template, 'AWS::S3::Bucket').filter(([id]) => id !== 'ServerlessDeploymentBucket');

export const storageRules: Rule[] = [
  {
    name: 'no bucket can be made public',
    check: (template) =>
      except(ofType(template, 'AWS::S3::Bucket'), ({ PublicAccessBlockConfiguration: block = {} }) =>
        ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].every(
          (switched) => block[switched] === true,
        ),
      ),
    mutants: {
      'public policies': (template) => {
        the(template, 'BucketLanding').Properties.PublicAccessBlockConfiguration.BlockPublicPolicy = false;
      },
      'a deployment bucket for all': (template) => {
        delete the(template, 'ServerlessDeploymentBucket').Properties.PublicAccessBlockConfiguration;
      },
    },
  },
  {
    name: 'buckets are encrypted and stay when the stack goes, but not when it never came to be',
    check: (template) =>
      except(
        buckets(template),
        ({ BucketEncryption }, { DeletionPolicy, UpdateReplacePolicy }) =>
          BucketEncryption && DeletionPolicy === 'RetainExceptOnCreate' && UpdateReplacePolicy === 'Retain',
      ),
    mutants: {
      'goes with the stack': (template) => {
        delete the(template, 'BucketCurated').DeletionPolicy;
      },
      'stays when its creation is rolled back': (template) => {
        the(template, 'BucketCurated').DeletionPolicy = 'Retain';
      },
      'goes when it is replaced': (template) => {
        delete the(template, 'ManifestBucket').UpdateReplacePolicy;
      },
    },
  },
  {
    name: 'buckets that routes read from tell EventBridge',
    check: (template) =>
      except(
        [['BucketLanding', the(template, 'BucketLanding')]],
        ({ NotificationConfiguration }) =>
          NotificationConfiguration?.EventBridgeConfiguration?.EventBridgeEnabled === true,
      ),
    mutants: {
      silent: (template) => {
        delete the(template, 'BucketLanding').Properties.NotificationConfiguration;
      },
    },
  },
  {
    // No time to live: nothing in the table expires; the log is kept for ever.
    name: 'the table is paid by request, can be restored to any second, and stays when the stack goes',
    check: (template) =>
      except(
        ofType(template, 'AWS::DynamoDB::Table'),
        (
          { BillingMode, PointInTimeRecoverySpecification: recovery, KeySchema },
          { DeletionPolicy, UpdateReplacePolicy },
        ) =>
          BillingMode === 'PAY_PER_REQUEST' &&
          recovery?.PointInTimeRecoveryEnabled === true &&
          DeletionPolicy === 'RetainExceptOnCreate' &&
          UpdateReplacePolicy === 'Retain' &&
          JSON.stringify(KeySchema) ===
            '[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]',
      ),
    mutants: {
      'no way back': (template) => {
        delete the(template, 'Table').Properties.PointInTimeRecoverySpecification;
      },
      'goes with the stack': (template) => {
        the(template, 'Table').DeletionPolicy = 'Delete';
      },
      'stays when its creation is rolled back': (template) => {
        the(template, 'Table').DeletionPolicy = 'Retain';
      },
      'another key': (template) => {
        the(template, 'Table').Properties.KeySchema.pop();
      },
    },
  },
  {
    // CloudWatch grants others by a resource policy of the region, which holds 5,120 characters for all stacks.
    name: 'logs that services deliver have the prefix that CloudWatch grants to them',
    check: (template) =>
      except(
        ofType(template, 'AWS::Logs::LogGroup').filter(([id]) => /^(StateMachine|HttpApi)/.test(id)),
        ({ LogGroupName }) => LogGroupName.startsWith('/aws/vendedlogs/'),
      ),
    mutants: {
      'as osls likes': (template) => {
        the(template, 'HttpApiLogGroup').Properties.LogGroupName = '/aws/http-api/spillway-test';
      },
    },
  },
  {
    name: 'logs are not kept for ever',
    check: (template) =>
      except(ofType(template, 'AWS::Logs::LogGroup'), ({ RetentionInDays: days }) => days === 30),
    mutants: {
      'for ever': (template) => {
        delete the(template, 'IngestLogGroup').Properties.RetentionInDays;
      },
    },
  },
];
