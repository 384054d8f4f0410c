import type { StepTools } from '../../src/executions/step.ts';
import { noteAddress } from './batch-context.ts';
import { type BatchOutcome, outcomeOf } from './batch-outcome.ts';
import { excerpt, SHARES } from './excerpt.ts';
import { failureTexts } from './failure-texts.ts';

/**
 * One report of a batch, whatever happened before: the states after this one only move its texts. Where a list is
 * cut, or anything failed, `report` points to the whole of it.
 */
export async function step(input: unknown, { objects }: StepTools): Promise<unknown> {
  const outcome = await outcomeOf(input, objects);
  const outputs = excerpt(outcome.outputs, SHARES.report);
  const failures = excerpt(outcome.failures, SHARES.report);
  const isCut = outputs.length < outcome.outputs.length;
  const { output } = outcome.batch;
  const report =
    output && (outcome.failed > 0 || isCut)
      ? noteAddress({ id: outcome.batch.id, output }, 'report.json')
      : null;
  const summary = summaryOf(outcome);
  if (report) {
    const whole = { ...summary, outputs: outcome.outputs, failures: outcome.failures };
    await objects.write(report, JSON.stringify(whole, null, 2));
  }
  return {
    ...summary,
    outputs,
    outputCount: outcome.outputs.length,
    failures,
    ...(report && { report }),
    ...(outcome.failed > 0 && failureTexts(outcome, report)),
  };
}

function summaryOf({ batch, processed, failed, superseded, rows }: BatchOutcome) {
  const { id, route, partition, count } = batch;
  return { batch: { id, route, partition }, files: count, processed, failed, superseded, rows };
}
