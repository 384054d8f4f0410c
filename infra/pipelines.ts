import { join, relative } from 'node:path';
import type { PipelineFolder, PipelineStep } from './pipeline-folders.ts';
import { roleId } from './roles.ts';
import { type Stack, stateMachineId } from './stack.ts';
import { arnOf, joined, type Resource, type Resources, ref } from './template.ts';

/** The pipeline whose steps have a line each in serverless.yml. */
const SHIPPED = 'process-files';
/** The functions that have a line each in serverless.yml. */
export const FIXED_FUNCTIONS = [
  ...['ingest', 'command', 'status', 'reconcile', 'api'],
  ...['check-file-extensions', 'process-csv', 'collect-results'],
];

/** Two steps would be one function. */
export class StepTwiceError extends Error {
  override readonly name = 'StepTwiceError';

  constructor(key: string, file: string) {
    super(
      `The step ${file} would be the function ${key}, which there is already. Rename the pipeline or the step.`,
    );
  }
}

/** Lambda's limit for names of functions. */
const FUNCTION_NAME_MAX = 64;

/** A step's name is too long to make a function's name. */
export class StepNameError extends Error {
  override readonly name = 'StepNameError';

  constructor(functionName: string, file: string) {
    super(
      `The step ${file} would be the function ${functionName}, of ${functionName.length} characters; Lambda allows ` +
        `${FUNCTION_NAME_MAX}. Give the pipeline, the step or the stage a shorter name.`,
    );
  }
}

/** A function's key in serverless.yml. */
export function functionKey(pipeline: Pick<PipelineFolder, 'name'>, step: PipelineStep): string {
  return pipeline.name === SHIPPED ? step.name : `${pipeline.name}-${step.name}`;
}

/** What osls calls a function in the template. */
export function functionId(key: string): string {
  const name = key.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
}

/**
 * How steps log. Their errors are meant for Step Functions and name files; Lambda would write them into the log besides.
 */
export function stepLogs(logKeys: boolean) {
  return logKeys ? { logFormat: 'Text' } : { logFormat: 'JSON', applicationLogLevel: 'FATAL' };
}

/**
 * Functions for the steps of pipelines that somebody added to the folder.
 * @throws StepNameError, StepTwiceError
 */
export function stepFunctions(stack: Stack, root: string, logKeys = true) {
  const functions: Record<string, unknown> = {};
  for (const pipeline of stack.pipelines.filter(({ name }) => name !== SHIPPED)) {
    for (const step of pipeline.steps) {
      const key = functionKey(pipeline, step);
      const name = `spillway-${stack.stage}-${key}`;
      if (name.length > FUNCTION_NAME_MAX) throw new StepNameError(name, step.file);
      if (key in functions || FIXED_FUNCTIONS.includes(key)) throw new StepTwiceError(key, step.file);
      functions[key] = {
        description: `Step ${step.name} of the pipeline ${pipeline.name}`,
        handler: `${relative(root, join(step.file, '..', step.name))}.handler`,
        role: roleId(key),
        logs: stepLogs(logKeys),
        timeout: 900,
        memorySize: 1_769,
      };
    }
  }
  return functions;
}

/** A state machine for each pipeline of this repository, with its role and log. */
export function stateMachines(
  stack: Stack,
  { logRetentionDays, traced }: { logRetentionDays: number; traced: boolean },
): Resources {
  return joined(
    stack.pipelines.map((pipeline): Resources => {
      const id = stateMachineId(stack, pipeline.name);
      return {
        [id]: stateMachine(stack, pipeline, traced),
        [`${id}LogGroup`]: {
          Type: 'AWS::Logs::LogGroup',
          Properties: {
            // CloudWatch grants this prefix to log deliveries, so that no resource policy grows too long.
            LogGroupName: `/aws/vendedlogs/states/${machineName(stack, pipeline.name)}`,
            RetentionInDays: logRetentionDays,
          },
        },
      };
    }),
  );
}

export function machineName({ stage }: Pick<Stack, 'stage'>, pipeline: string): string {
  return `spillway-${stage}-${pipeline}`;
}

function stateMachine(stack: Stack, pipeline: PipelineFolder, traced: boolean): Resource {
  const id = stateMachineId(stack, pipeline.name);
  const steps = pipeline.steps.map((step) => [
    `${step.placeholder}Arn`,
    arnOf(functionId(functionKey(pipeline, step))),
  ]);
  return {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      StateMachineName: machineName(stack, pipeline.name),
      StateMachineType: 'STANDARD',
      RoleArn: arnOf(`${id}Role`),
      DefinitionString: pipeline.definition,
      DefinitionSubstitutions: { ...Object.fromEntries(steps), FailureTopicArn: ref('Topic') },
      // Errors only, and no data: inputs hold the keys of people's files.
      LoggingConfiguration: {
        Level: 'ERROR',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: arnOf(`${id}LogGroup`) } }],
      },
      TracingConfiguration: { Enabled: traced },
    },
  };
}
