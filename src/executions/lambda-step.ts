import { tmpdir } from 'node:os';
import { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../core/clock.ts';
import type { Objects } from '../objects/objects.ts';
import { s3Objects } from '../objects/s3.ts';
import { systemClock } from '../timers/system-clock.ts';
import { clearAbandoned } from './scratch.ts';
import { runStep, type Step } from './step.ts';

/** What a step works with in Lambda. */
export interface StepHome {
  objects: Objects;
  clock: Pick<Clock, 'now'>;
}

/**
 * A step as a Lambda function. What it throws goes to Step Functions as it is: Lambda reports an error's `name`, which
 * Retry and Catch match. Nothing is wrapped around it, logs included, because Step Functions keeps inputs, outputs and
 * errors in the execution's history.
 */
export function stepHandler(step: Step, home: StepHome | Promise<StepHome> = lambdaHome()) {
  return async (input: unknown): Promise<unknown> => runStep(step, input, await home);
}

/** Objects may be large, so only silence is given up on (ms): the SDK then tries again, as long as the Task may take. */
const PATIENCE = { connectionTimeout: 2_000, socketTimeout: 30_000 };

async function lambdaHome(): Promise<StepHome> {
  await clearAbandoned(tmpdir());
  return { objects: s3Objects({ client: new S3Client({ requestHandler: PATIENCE }) }), clock: systemClock };
}
