import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Stage } from '../stage/stage.ts';

/** What a stack made, by type: `AWS::Scheduler::Schedule` → physical ids. */
export type StackResources = (type: string) => string[];

export async function stackResources(stage: Stage): Promise<StackResources> {
  const client = new CloudFormationClient({ region: stage.region });
  const byType = new Map<string, string[]>();
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stage.stack })) {
      for (const { ResourceType: type = '', PhysicalResourceId: id } of page.StackResourceSummaries ?? []) {
        if (id !== undefined) byType.set(type, [...(byType.get(type) ?? []), id]);
      }
    }
  } finally {
    client.destroy();
  }
  return (type) => byType.get(type) ?? [];
}
