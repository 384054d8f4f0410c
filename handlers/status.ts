import type { AwsHome } from '../src/aws.ts';
import { lambdaHandler } from '../src/lambda.ts';
import { reportIn } from '../src/received/status-change.ts';

/**
 * Notes how an execution stands. Step Functions' events are unordered and some get lost: an older one changes nothing,
 * and reconcile asks after executions that were never heard of.
 */
export async function status(
  event: unknown,
  {
    service,
    executions,
    measures,
  }: Pick<AwsHome, 'service' | 'measures'> & { executions: Pick<AwsHome['executions'], 'report'> },
): Promise<void> {
  const report = await reportIn(event, executions);
  if (report === null) return;
  await service.executionReported(report);
  if (report.status !== 'running' && report.status !== 'succeeded') measures.count('ExecutionsFailed');
}

export const handler = lambdaHandler(status);
