import { bucketId, type Stack, sourceBuckets } from './stack.ts';
import { arnOf, joined, type Resource, type Resources, ref, sub } from './template.ts';

/** Days after which a manifest goes: Step Functions forgets an execution 90 days after its end. */
const MANIFEST_DAYS = 100;

/**
 * The buckets of routes.yml that are not there yet, and the one for manifests. They hold people's data, so they stay
 * when the stack is removed.
 */
export function buckets(stack: Stack): Resources {
  const sources = new Set(sourceBuckets(stack).map(({ name }) => name));
  const own = stack.configuration.buckets.filter(({ existing }) => existing === undefined);
  const resources = own.map(({ name }): Resources => {
    const notified = sources.has(name)
      ? { NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } }
      : {};
    return withPolicy(bucketId(stack, name), bucket(notified));
  });
  const expiring = {
    LifecycleConfiguration: {
      Rules: [{ Id: 'forget-manifests', Status: 'Enabled', ExpirationInDays: MANIFEST_DAYS }],
    },
  };
  return joined([...resources, withPolicy('ManifestBucket', bucket(expiring))]);
}

function bucket(more: Record<string, unknown>): Resource {
  return {
    Type: 'AWS::S3::Bucket',
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      ...more,
    },
  };
}

function withPolicy(id: string, resource: Resource): Resources {
  return {
    [id]: resource,
    [`${id}Policy`]: {
      Type: 'AWS::S3::BucketPolicy',
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Bucket: ref(id),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'DenyPlainText',
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: [arnOf(id), sub(`\${${id}.Arn}/*`)],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    },
  };
}
