import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { awsError, StageIncompleteError, StageUnknownError, stackNameOf } from './errors.ts';
import { logicalName } from './logical-name.ts';

/** A deployed Spillway, found through its CloudFormation stack. */
export interface Stage {
  name: string;
  stack: string;
  /** CloudFormation's word, such as `UPDATE_COMPLETE`. */
  status: string;
  account: string;
  region: string;
  outputs: Readonly<Record<string, string>>;
}

/**
 * Finds a stage in the account and region of the ordinary configuration of AWS (AWS_PROFILE, AWS_REGION, …).
 * @throws StageUnknownError, CredentialsMissingError, AccessRefusedError, RegionMissingError, AwsFailedError
 */
export async function findStage(name: string): Promise<Stage> {
  const client = new CloudFormationClient({});
  const stack = stackNameOf(name);
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const found = Stacks?.[0];
    if (found?.StackId === undefined) throw new StageUnknownError(name, await client.config.region());
    const { region, account } = arnParts(found.StackId);
    const outputs = (found.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    return {
      name,
      stack,
      status: found.StackStatus ?? 'unknown',
      account,
      region,
      outputs: Object.fromEntries(outputs),
    };
  } catch (error) {
    if (error instanceof StageUnknownError) throw error;
    // CloudFormation has no error of its own for a stack that is not there (API reference, DescribeStacks).
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) {
      throw new StageUnknownError(name, await client.config.region(), error);
    }
    throw awsError(`the description of stack ${stack} (cloudformation:DescribeStacks)`, error);
  } finally {
    client.destroy();
  }
}

/** An output of the stack. @throws StageIncompleteError */
export function outputOf(stage: Stage, output: string): string {
  const value = stage.outputs[output];
  if (value === undefined || value === '') throw new StageIncompleteError(stage.name, stage.status, output);
  return value;
}

/** The part of an output's name that stands for a name of routes.yml: `process-files` → `ProcessFiles`. */
export function outputPart(name: string): string {
  return logicalName(name);
}

/** `arn:<partition>:<service>:<region>:<account>:…` */
function arnParts(arn: string): { region: string; account: string } {
  const [, , , region = '', account = ''] = arn.split(':');
  return { region, account };
}
