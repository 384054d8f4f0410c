import { step } from '../pipelines/process-files/check-file-extensions.ts';
import { stepHandler } from '../src/executions/lambda-step.ts';

export const handler = stepHandler(step);
