import {
  GetEventSourceMappingCommand,
  type GetEventSourceMappingCommandOutput,
  GetFunctionCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { outputOf, type Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok, warning } from './check.ts';
import { deployAgain, revertDrift } from './mend.ts';
import type { StackResources } from './resources.ts';

/** Every function can be called, and the queues are read. */
export async function functionChecks(
  stage: Stage,
  resources: StackResources,
  client: LambdaClient,
): Promise<Check[]> {
  const functions = resources('AWS::Lambda::Function').map(({ id }) =>
    look('function', id, 'lambda:GetFunction', () => functionCheck(stage, client, id), revertDrift(stage)),
  );
  const [called, mapped] = await Promise.all([
    Promise.all(functions),
    look('mapping', 'all', 'lambda:GetEventSourceMapping', () => mappingChecks(stage, resources, client)),
  ]);
  return [...called.flat(), ...mapped];
}

async function functionCheck(stage: Stage, client: LambdaClient, name: string): Promise<Check> {
  const { Configuration = {}, Concurrency } = await client.send(
    new GetFunctionCommand({ FunctionName: name }),
  );
  // The console's button "Throttle" sets this.
  if (Concurrency?.ReservedConcurrentExecutions === 0) {
    const mend = `aws lambda delete-function-concurrency --function-name ${name}`;
    return failed('function', name, 'It is stopped: its reserved concurrency is 0.', mend);
  }
  const { State: state = 'Active', StateReason: why = 'no reason given' } = Configuration;
  const { LastUpdateStatus: update, LastUpdateStatusReason: updateWhy = 'no reason given' } = Configuration;
  if (state === 'Failed') return failed('function', name, `It is Failed: ${why}`, deployAgain(stage));
  if (update === 'Failed') {
    const sentence = `Its last update failed, so it runs as it was before: ${updateWhy}`;
    return failed('function', name, sentence, deployAgain(stage));
  }
  if (state === 'Pending' || update === 'InProgress') {
    return warning('function', name, 'It is being changed.', `spillway doctor --stage ${stage.name}`);
  }
  // Inactive: Lambda has taken its resources back, and the next call brings them again.
  return ok('function', name, `It is ${state}.`);
}

/** What ingest and command read from. A queue without a mapping only grows. */
async function mappingChecks(
  stage: Stage,
  resources: StackResources,
  client: LambdaClient,
): Promise<Check[]> {
  const read = new Set<string>();
  const found = await Promise.all(
    resources('AWS::Lambda::EventSourceMapping').map(({ id, logical }) =>
      look(
        'mapping',
        logical,
        'lambda:GetEventSourceMapping',
        async () => {
          const mapping = await client.send(new GetEventSourceMappingCommand({ UUID: id }));
          const queue = mapping.EventSourceArn?.split(':').at(-1) ?? logical;
          read.add(queue);
          return mappingCheck(stage, queue, mapping);
        },
        revertDrift(stage),
      ),
    ),
  );
  const unread = ['IngestQueueUrl', 'CommandsQueueUrl']
    .map((output) => outputOf(stage, output).split('/').at(-1) ?? '')
    .filter((queue) => !read.has(queue));
  const mend = revertDrift(stage);
  return [
    ...found.flat(),
    ...unread.map((queue) => failed('mapping', queue, 'No function reads it: it only grows.', mend)),
  ];
}

function mappingCheck(stage: Stage, queue: string, mapping: GetEventSourceMappingCommandOutput): Check {
  const { State: state = 'unknown', UUID: id, FunctionArn: arn = '' } = mapping;
  const reader = arn.split(':').at(6) ?? arn;
  if (state === 'Enabled') return ok('mapping', queue, `${reader} reads it.`);
  if (state === 'Disabled' || state === 'Disabling') {
    const sentence = `It is ${state}: ${reader} does not read it, and it only grows.`;
    return failed(
      'mapping',
      queue,
      sentence,
      `aws lambda update-event-source-mapping --uuid ${id} --enabled`,
    );
  }
  return warning('mapping', queue, `It is ${state}.`, `spillway doctor --stage ${stage.name}`);
}
