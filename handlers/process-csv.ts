import { step } from '../pipelines/process-files/process-csv.ts';
import { stepHandler } from '../src/executions/lambda-step.ts';

export const handler = stepHandler(step);
