import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Stage } from '../stage/stage.ts';

/** One thing that a stack made. */
export interface StackResource {
  /** Its name in the template. */
  logical: string;
  /** Its id, as the service calls it. */
  id: string;
  /** CloudFormation's word, such as `DELETE_COMPLETE`. */
  status: string;
}

/** What a stack made, by type, such as `AWS::Scheduler::Schedule`. */
export type StackResources = (type: string) => StackResource[];

export async function stackResources(stage: Pick<Stage, 'stack' | 'region'>): Promise<StackResources> {
  const client = new CloudFormationClient({ region: stage.region });
  const byType = new Map<string, StackResource[]>();
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stage.stack })) {
      for (const summary of page.StackResourceSummaries ?? []) {
        const { ResourceType: type = '', LogicalResourceId: logical = '', PhysicalResourceId: id } = summary;
        if (id === undefined) continue;
        const status = summary.ResourceStatus ?? 'unknown';
        byType.set(type, [...(byType.get(type) ?? []), { logical, id, status }]);
      }
    }
  } finally {
    client.destroy();
  }
  return (type) => byType.get(type) ?? [];
}
