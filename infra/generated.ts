import { resolve } from 'node:path';
import { alarms, subscription } from './alarms.ts';
import { buckets } from './buckets.ts';
import { dashboard } from './dashboard.ts';
import { serviceEnvironment } from './environment.ts';
import { outputs } from './outputs.ts';
import { stateMachines, stepFunctions } from './pipelines.ts';
import { queues } from './queues.ts';
import { functionRoles, reconcileScheduleRole, schedulerRole, stateMachineRoles } from './roles.ts';
import { objectRules, statusRules } from './rules.ts';
import { flushSchedules } from './schedules.ts';
import { readStack, type Stack } from './stack.ts';

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
  routesFile: {},
  environment: {},
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

async function generate({ resolveVariable }: VariableContext): Promise<Generated> {
  const text = async (variable: string) => String(await resolveVariable(variable));
  const number = async (variable: string) => Number(await resolveVariable(variable));
  // osls runs in the folder of serverless.yml only.
  const root = process.cwd();
  const options = {
    stage: await text('sls:stage'),
    routesFile: resolve(root, await text('param:routes')),
    pipelinesFolder: resolve(root, await text('param:pipelines')),
  };
  const key = JSON.stringify(options);
  const reading = stacks.get(key) ?? readStack(options);
  stacks.set(key, reading);
  const stack = await reading;
  const settings = { eventBus: await text('param:eventBus'), logKeys: await text('param:logKeys') };
  const visibility = await text('param:visibility');
  const queueSettings = {
    timeout: await number('param:timeout'),
    window: await number('param:window'),
    receives: await number('param:receives'),
    ...(visibility !== 'auto' && { visibility: Number(visibility) }),
  };
  return {
    routesFile: options.routesFile,
    environment: serviceEnvironment(stack, settings),
    steps: stepFunctions(stack, root),
    buckets: { Resources: buckets(stack) },
    queues: { Resources: queues(stack, queueSettings) },
    rules: { Resources: { ...objectRules(stack), ...statusRules(stack) } },
    schedules: { Resources: flushSchedules(stack) },
    stateMachines: { Resources: stateMachines(stack, await number('param:logRetentionDays')) },
    roles: {
      Resources: {
        ...functionRoles(stack, settings.eventBus),
        ...stateMachineRoles(stack),
        SchedulerRole: schedulerRole(),
        ReconcileScheduleRole: reconcileScheduleRole(),
      },
    },
    alarms: {
      Resources: {
        ...alarms(stack),
        ...subscription(await text('param:email')),
        Dashboard: dashboard(stack),
      },
    },
    outputs: { Outputs: outputs(stack, settings.eventBus) },
  };
}
