import type { StackResource } from '../src/doctor/resources.ts';
import type { DeployedStack } from './deployed.ts';

/** A table or bucket that a removal leaves, because it holds people's data. */
export interface LeftBehind {
  what: 'table' | 'bucket';
  name: string;
  /** DynamoDB refuses to delete it until that is switched off. */
  deletionProtected: boolean;
}

const KINDS = { 'AWS::DynamoDB::Table': 'table', 'AWS::S3::Bucket': 'bucket' } as const;
type Kept = keyof typeof KINDS;

/**
 * What stays when the stack goes, by its exact name: what the template says to retain, and a table that the stage was
 * told to use.
 */
export function leftBehind(
  { template, outputs }: Pick<DeployedStack, 'template' | 'outputs'>,
  resources: (type: Kept) => readonly StackResource[],
): LeftBehind[] {
  const left = (['AWS::DynamoDB::Table', 'AWS::S3::Bucket'] as const).flatMap((type) =>
    resources(type).flatMap(({ logical, id, status }): LeftBehind[] => {
      const { DeletionPolicy = '', Properties } = template.Resources[logical] ?? {};
      if (!DeletionPolicy.startsWith('Retain') || status === 'DELETE_COMPLETE') return [];
      const deletionProtected = Properties?.DeletionProtectionEnabled === true;
      return [{ what: KINDS[type], name: id, deletionProtected }];
    }),
  );
  const table = outputs.TableName;
  if (table === undefined || left.some(({ name }) => name === table)) return left;
  return [{ what: 'table', name: table, deletionProtected: false }, ...left];
}

/** What is told after a removal. */
export function leftText(stack: string, left: readonly LeftBehind[], region: string): string {
  if (left.length === 0) return `${stack} is gone, and has left nothing.`;
  const things = left.flatMap((thing) => [
    `the ${thing.what} ${thing.name}`,
    ...deleting(thing).map((command) => `  ${command} --region ${region}`),
  ]);
  return `${stack} is gone, but for what holds data. What deletes it, when nobody needs it any more:\n${things.join('\n')}`;
}

function deleting({ what, name, deletionProtected }: LeftBehind): string[] {
  // Buckets of the stack keep no versions, so that this empties them.
  if (what === 'bucket') return [`aws s3 rb s3://${name} --force`];
  const unprotect = `aws dynamodb update-table --table-name ${name} --no-deletion-protection-enabled`;
  return [...(deletionProtected ? [unprotect] : []), `aws dynamodb delete-table --table-name ${name}`];
}
