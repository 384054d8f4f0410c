import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { awsError, stackNameOf } from '../src/stage/errors.ts';
import type { Template } from './osls.ts';

/** The stack as it stands before a deployment. */
export interface DeployedStack {
  template: Template;
  outputs: Readonly<Record<string, string>>;
  /** When it was made or last changed (ms). */
  changedAt: number;
}

/**
 * The stack of a stage; null where it was never deployed.
 * @throws what AWS refuses, in our words
 */
export async function deployedStack(stage: string): Promise<DeployedStack | null> {
  const client = new CloudFormationClient({});
  const StackName = stackNameOf(stage);
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName }));
    if (stack === undefined || TemplateBody === undefined) return null;
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    return {
      template: JSON.parse(TemplateBody) as Template,
      outputs: Object.fromEntries(outputs),
      changedAt: (stack.LastUpdatedTime ?? stack.CreationTime)?.getTime() ?? 0,
    };
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there (API reference, DescribeStacks).
    if (error instanceof Error && /does not exist/.test(error.message)) return null;
    throw awsError(`the template of stack ${StackName} (cloudformation:GetTemplate)`, error);
  } finally {
    client.destroy();
  }
}
