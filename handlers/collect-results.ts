import { step } from '../pipelines/process-files/collect-results.ts';
import { stepHandler } from '../src/executions/lambda-step.ts';

export const handler = stepHandler(step);
