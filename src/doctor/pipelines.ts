import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok } from './check.ts';

const OUTPUT = /^StateMachine.+Arn$/;

/** Every state machine that the stack names can be reached and takes executions. */
export async function pipelineChecks(stage: Stage, client: SFNClient): Promise<Check[]> {
  const machines = Object.entries(stage.outputs).filter(([name]) => OUTPUT.test(name));
  if (machines.length === 0) {
    const mend = `Deploy again: npx serverless deploy --stage ${stage.name}.`;
    return [failed('state-machine', 'all', 'The stack names no state machine.', mend)];
  }
  const found = await Promise.all(
    machines.map(([, arn]) =>
      look('state-machine', nameIn(arn), 'states:DescribeStateMachine', () =>
        machineCheck(stage, client, arn),
      ),
    ),
  );
  return found.flat();
}

async function machineCheck(stage: Stage, client: SFNClient, arn: string): Promise<Check> {
  const { status, type } = await client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }));
  const deploy = `Deploy again: npx serverless deploy --stage ${stage.name}.`;
  // Express executions have no names that last, so nothing would keep a batch from running twice.
  if (type === 'EXPRESS')
    return failed('state-machine', nameIn(arn), 'It is EXPRESS; STANDARD is needed.', deploy);
  if (status === 'DELETING') return failed('state-machine', nameIn(arn), 'It is being deleted.', deploy);
  return ok('state-machine', nameIn(arn), 'It is there and takes executions.');
}

function nameIn(arn: string): string {
  return arn.split(':').at(-1) ?? arn;
}
