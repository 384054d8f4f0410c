import type { AwsHome } from '../src/aws.ts';
import { lambdaHandler } from '../src/lambda.ts';
import type { ReconcileReport } from '../src/service/service.ts';

/** Compares what is shown and armed with the log, every few minutes, and does what is undone. */
export async function reconcile(
  _event: unknown,
  { service, measures, logger }: Pick<AwsHome, 'service' | 'measures' | 'logger'>,
): Promise<ReconcileReport> {
  // Also when there are none: an alarm can tell "nothing to repair" from "nobody looked".
  measures.count('ReconcileRuns');
  measures.count('ReconcileRepairs', 0);
  const report = await service.reconcile();
  logger.info('Reconciled', { ...report });
  return report;
}

export const handler = lambdaHandler(reconcile);
