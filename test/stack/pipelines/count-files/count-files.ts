import type { Step } from '../../../../src/executions/step.ts';

/** The smallest step there is. */
export const step: Step = async (input) => {
  const { batch } = input as { batch: { count: number } };
  return { files: batch.count };
};
