import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Route } from '../api/overview-schemas.ts';
import type { Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok } from './check.ts';
import { deployAgain, revertDrift } from './mend.ts';

const OUTPUT = /^StateMachine.+Arn$/;

/** Every state machine that the stack or a route names can be reached and takes executions. */
export async function pipelineChecks(
  stage: Stage,
  routes: readonly Route[],
  client: SFNClient,
): Promise<Check[]> {
  const own = Object.entries(stage.outputs).flatMap(([name, arn]) => (OUTPUT.test(name) ? [arn] : []));
  const named = routes.flatMap(({ stateMachineArn }) => stateMachineArn ?? []);
  const all = [...new Set([...own, ...named])];
  if (all.length === 0)
    return [failed('state-machine', 'all', 'The stack names no state machine.', deployAgain(stage))];
  const found = await Promise.all(
    all.map((arn) => {
      const users = routes.filter(({ stateMachineArn }) => stateMachineArn === arn).map(({ name }) => name);
      // One that routes.yml names by ARN is nobody's but the user's to bring back.
      const gone = own.includes(arn)
        ? revertDrift(stage)
        : `Bring ${arn} back, or name another for ${users.join(', ')} in routes.yml and deploy: npx serverless deploy --stage ${stage.name}`;
      return look(
        'state-machine',
        nameIn(arn),
        'states:DescribeStateMachine',
        () => machineCheck(client, arn, gone),
        gone,
      );
    }),
  );
  return found.flat();
}

async function machineCheck(client: SFNClient, arn: string, mend: string): Promise<Check> {
  const { status, type } = await client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }));
  // Express executions have no names that last, so nothing would keep a batch from running twice.
  if (type === 'EXPRESS')
    return failed('state-machine', nameIn(arn), 'It is EXPRESS; STANDARD is needed.', mend);
  if (status === 'DELETING') return failed('state-machine', nameIn(arn), 'It is being deleted.', mend);
  return ok('state-machine', nameIn(arn), 'It is there and takes executions.');
}

function nameIn(arn: string): string {
  return arn.split(':').at(-1) ?? arn;
}
