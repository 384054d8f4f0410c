import * as z from 'zod';

/** What the stack tells a function of its surroundings. */
export interface Environment {
  stage: string;
  /** The DynamoDB table's name. */
  table: string;
  commandsQueueUrl: string;
  commandsQueueArn: string;
  /** Where the Scheduler puts a deadline that it could not deliver. */
  commandsDeadLetterArn: string;
  scheduleGroup: string;
  /** The role by which the Scheduler sends to the commands queue. */
  schedulerRoleArn: string;
  manifestBucket: string;
  /** The bus that lifecycle events go to. */
  eventBus: string;
  /** Name in routes.yml → the bucket's name. */
  buckets: Record<string, string>;
  /** Pipeline name → ARN of its state machine. */
  pipelines: Record<string, string>;
  /** Whether object keys and partitions may stand in logs. */
  logKeys: boolean;
  /** What was packaged with the function of routes.yml. */
  routesFile: string;
}

/** A variable of the function's environment is missing or cannot be used. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly variable: string;

  constructor(variable: string, problem: string, cause?: unknown) {
    super(
      `The environment variable ${variable} ${problem}. The stack sets it for every function that needs it: ` +
        'deploy again, and change no variables by hand.',
      { cause },
    );
    this.variable = variable;
  }
}

const names = z.record(z.string().min(1), z.string().min(1));

/**
 * Reads a function's environment as serverless.yml sets it.
 * @throws EnvironmentError naming the variable
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const text = (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === '') throw new EnvironmentError(name, 'is missing');
    return value;
  };
  return {
    stage: text('SPILLWAY_STAGE'),
    table: text('SPILLWAY_TABLE'),
    commandsQueueUrl: text('SPILLWAY_COMMANDS_QUEUE_URL'),
    commandsQueueArn: text('SPILLWAY_COMMANDS_QUEUE_ARN'),
    commandsDeadLetterArn: text('SPILLWAY_COMMANDS_DLQ_ARN'),
    scheduleGroup: text('SPILLWAY_SCHEDULE_GROUP'),
    schedulerRoleArn: text('SPILLWAY_SCHEDULER_ROLE_ARN'),
    manifestBucket: text('SPILLWAY_MANIFEST_BUCKET'),
    eventBus: text('SPILLWAY_EVENT_BUS'),
    buckets: namesIn('SPILLWAY_BUCKETS', text('SPILLWAY_BUCKETS')),
    pipelines: namesIn('SPILLWAY_PIPELINES', text('SPILLWAY_PIPELINES')),
    logKeys: flag('SPILLWAY_LOG_KEYS', text('SPILLWAY_LOG_KEYS')),
    // Lambda sets it to the folder that the zip was unpacked in.
    routesFile: `${text('LAMBDA_TASK_ROOT')}/routes.json`,
  };
}

function namesIn(variable: string, text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new EnvironmentError(variable, 'is no JSON; expected an object of names', error);
  }
  const parsed = names.safeParse(value);
  if (!parsed.success) {
    throw new EnvironmentError(variable, 'is no JSON object of names to names', parsed.error);
  }
  return parsed.data;
}

function flag(variable: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new EnvironmentError(variable, `is ${JSON.stringify(text)}; expected "true" or "false"`);
}
