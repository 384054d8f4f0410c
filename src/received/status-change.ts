import * as z from 'zod';
import { parseBatchId } from '../core/batch.ts';
import { batchInputSchema } from '../core/batch-input.ts';
import type { ExecutionReport, ExecutionState } from '../executions/executions.ts';
import { type StepFunctionsExecutions, statusOf } from '../executions/step-functions.ts';

/** Of a "Step Functions Execution Status Change" event (Step Functions guide, EventBridge integration). */
const detailSchema = z.object({
  executionArn: z.string().min(1),
  name: z.string(),
  stateMachineArn: z.string().min(1),
  status: z.string(),
  /** ms since 1970. */
  startDate: z.number(),
  stopDate: z.number().nullish(),
  redriveCount: z.int().nonnegative().nullish(),
  /** Left out above 248 KiB of input and output. */
  input: z.string().nullish(),
  output: z.string().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
});

const changeSchema = z.object({
  source: z.literal('aws.states'),
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: detailSchema,
});

/** Something else than a status change of an execution was delivered. */
export class StatusChangeInvalidError extends Error {
  override readonly name = 'StatusChangeInvalidError';

  constructor(cause: z.ZodError) {
    super(
      `Cannot read the status change of an execution: ${z.prettifyError(cause)}. Expected an event of Step Functions ` +
        'as EventBridge delivers it; let no other rule call this function.',
      { cause },
    );
  }
}

/**
 * What a status change says of one of our executions; null for executions of somebody else, which may share a state
 * machine with us. What the event leaves out (a large input, the error of a failure) is asked of Step Functions.
 *
 * @throws StatusChangeInvalidError, or what the SDK throws
 */
export async function reportIn(
  event: unknown,
  executions: Pick<StepFunctionsExecutions, 'report'>,
): Promise<ExecutionReport | null> {
  const parsed = changeSchema.safeParse(event);
  if (!parsed.success) throw new StatusChangeInvalidError(parsed.error);
  const { executionArn: execution, name, stateMachineArn, input, error } = parsed.data.detail;
  if (parseBatchId(name) === null) return null;
  const told = toldBy(parsed.data.detail);
  const failed = told.status !== 'running' && told.status !== 'succeeded';
  const complete = input != null && (!failed || error != null);
  const asked = complete ? null : await executions.report({ name, pipeline: { name: '', stateMachineArn } });
  // A redriven execution may have gone on since: what is asked for now is the newer of the two.
  const report = asked ?? { ...told, name, input: input ?? '' };
  return isBatchInput(report.input) ? { ...report, execution } : null;
}

function toldBy(detail: z.infer<typeof detailSchema>): ExecutionState {
  const { status, redriveCount, startDate, stopDate, output, error, cause } = detail;
  return {
    status: statusOf(status),
    redrives: redriveCount ?? 0,
    startedAt: startDate,
    ...(stopDate != null && { endedAt: stopDate }),
    ...(output != null && { output }),
    ...(error != null && { error }),
    ...(cause != null && { cause }),
  };
}

function isBatchInput(input: string): boolean {
  try {
    return batchInputSchema.safeParse(JSON.parse(input)).success;
  } catch {
    return false;
  }
}
