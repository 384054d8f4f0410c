import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alarms } from './alarms.ts';
import { buckets } from './buckets.ts';
import { dashboard } from './dashboard.ts';
import { serviceEnvironment, stepEnvironment } from './environment.ts';
import { outputs } from './outputs.ts';
import { stateMachines, stepFunctions } from './pipelines.ts';
import { queues } from './queues.ts';
import { functionRoles, reconcileScheduleRole, schedulerRole, stateMachineRoles } from './roles.ts';
import { objectRules, statusRules } from './rules.ts';
import { flushSchedules } from './schedules.ts';
import { readStack } from './stack.ts';

/** What osls gives to a function that a variable of serverless.yml names. */
export interface VariableContext {
  resolveVariable(variable: string): Promise<unknown>;
}

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The parts of the template that follow from routes.yml, the pipelines and the stage's parameters. */
export async function generated({ resolveVariable }: VariableContext) {
  const text = async (variable: string) => String(await resolveVariable(variable));
  const number = async (variable: string) => Number(await resolveVariable(variable));
  const stack = await readStack({
    stage: await text('sls:stage'),
    routesFile: join(ROOT, await text('param:routes')),
    pipelinesFolder: join(ROOT, await text('param:pipelines')),
  });
  const settings = { eventBus: await text('param:eventBus'), logKeys: await text('param:logKeys') };
  const visibility = await text('param:visibility');
  const queueSettings = {
    timeout: await number('param:timeout'),
    window: await number('param:window'),
    receives: await number('param:receives'),
    ...(visibility !== 'auto' && { visibility: Number(visibility) }),
  };
  const step = stepEnvironment(stack, settings);
  return {
    environments: { service: serviceEnvironment(stack, settings), step },
    steps: stepFunctions(stack, ROOT, step),
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
    alarms: { Resources: { ...alarms(stack), Dashboard: dashboard(stack) } },
    outputs: { Outputs: outputs(stack, settings.eventBus) },
  };
}
