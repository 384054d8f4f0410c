import { resolve } from 'node:path';
import { alarms, subscription } from './alarms.ts';
import { buckets } from './buckets.ts';
import { dashboard } from './dashboard.ts';
import { serviceEnvironment } from './environment.ts';
import { outputs } from './outputs.ts';
import { checkParameters, minutesOf, PARAMETERS, type Parameters } from './parameters.ts';
import { stateMachines, stepFunctions, stepLogs } from './pipelines.ts';
import { queues } from './queues.ts';
import { bounded, functionRoles, reconcileScheduleRole, schedulerRole, stateMachineRoles } from './roles.ts';
import { objectRules, statusRules } from './rules.ts';
import { flushSchedules } from './schedules.ts';
import { readStack, type Stack } from './stack.ts';
import { table } from './table.ts';
import { joined, type Resources } from './template.ts';

/** What osls gives to a function that a variable of serverless.yml names. */
export interface VariableContext {
  resolveVariable(variable: string): Promise<unknown>;
}

/** osls asks for one part after the other; all follow from the same files. */
const stacks = new Map<string, Promise<Stack>>();
let told = false;

/**
 * The parts of the template that follow from routes.yml, the pipelines and the stage's parameters. What is wrong with
 * them is thrown once: osls would repeat it, with its stack, for every part.
 */
export async function generated(context: VariableContext): Promise<Partial<Generated>> {
  try {
    return await generate(context);
  } catch (error) {
    // osls asks again when it knows the variable's value.
    if (!(error instanceof Error) || 'code' in error) throw error;
    if (told) return NOTHING;
    told = true;
    error.stack = error.message;
    throw error;
  }
}

/** The stack that is being packaged. */
export async function packagedStack(): Promise<Stack> {
  const [stack] = stacks.values();
  if (stack === undefined)
    throw new Error('serverless.yml takes nothing from infra/from-routes.js any more.');
  return stack;
}

const NOTHING = {
  abandon: {},
  environment: {},
  iam: {},
  lambdaTracing: {},
  stepLogs: {},
  table: {},
  steps: {},
  buckets: {},
  queues: {},
  rules: {},
  schedules: {},
  stateMachines: {},
  roles: {},
  alarms: {},
  outputs: {},
};

type Generated = Record<keyof typeof NOTHING, unknown>;

async function generate(context: VariableContext): Promise<Generated> {
  // osls runs in the folder of serverless.yml only.
  const root = process.cwd();
  const parameters = await readParameters(context);
  const options = {
    stage: String(await context.resolveVariable('sls:stage')),
    routesFile: resolve(root, parameters.routes),
    pipelinesFolder: resolve(root, parameters.pipelines),
    table: parameters.table === '' ? null : parameters.table,
  };
  const key = JSON.stringify(options);
  const reading = stacks.get(key) ?? readStack(options);
  stacks.set(key, reading);
  return partsOf(await reading, parameters, root);
}

async function readParameters({ resolveVariable }: VariableContext): Promise<Parameters> {
  const given = PARAMETERS.map(async (name) => [name, await resolveVariable(`param:${name}`)] as const);
  return checkParameters(Object.fromEntries(await Promise.all(given)));
}

function partsOf(stack: Stack, parameters: Parameters, root: string): Generated {
  const parts = generatedParts(stack, parameters, root);
  // osls would merge what has the same name in two parts.
  joined(Object.values(parts).flatMap((part) => (hasResources(part) ? [part.Resources] : [])));
  return parts;
}

function hasResources(part: unknown): part is { Resources: Resources } {
  return typeof part === 'object' && part !== null && 'Resources' in part;
}

function generatedParts(stack: Stack, parameters: Parameters, root: string): Generated {
  const { eventBus, visibility, tracing } = parameters;
  const queueSettings = {
    timeout: parameters.timeout,
    window: parameters.window,
    receives: parameters.receives,
    ...(visibility !== 'auto' && { visibility }),
  };
  return {
    abandon: parameters.abandon,
    environment: serviceEnvironment(stack, { eventBus, logKeys: String(parameters.logKeys) }),
    iam: parameters.deploymentRole === '' ? {} : { deploymentRole: parameters.deploymentRole },
    lambdaTracing: tracing === 'all' ? 'Active' : 'PassThrough',
    table: { Resources: table(stack, parameters.deletionProtection) },
    steps: stepFunctions(stack, root, parameters.logKeys),
    stepLogs: stepLogs(parameters.logKeys),
    buckets: { Resources: buckets(stack) },
    queues: { Resources: queues(stack, queueSettings) },
    rules: { Resources: { ...objectRules(stack), ...statusRules(stack) } },
    schedules: { Resources: flushSchedules(stack) },
    stateMachines: {
      Resources: stateMachines(stack, {
        logRetentionDays: parameters.logRetentionDays,
        traced: tracing !== 'none',
      }),
    },
    roles: {
      Resources: bounded(
        {
          ...functionRoles(stack, { eventBus, traced: tracing === 'all' }),
          ...stateMachineRoles(stack),
          SchedulerRole: schedulerRole(),
          ReconcileScheduleRole: reconcileScheduleRole(),
        },
        parameters.permissionsBoundary,
      ),
    },
    alarms: {
      Resources: {
        ...alarms(stack, { reconcileMinutes: minutesOf(parameters.reconcileEvery) }),
        ...subscription(parameters.email),
        Dashboard: dashboard(stack),
      },
    },
    outputs: { Outputs: outputs(stack, eventBus) },
  };
}
