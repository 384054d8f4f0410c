import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { awsError } from '../src/stage/errors.ts';

/** A state machine that a route names cannot run its batches. */
export class StateMachineUnusableError extends Error {
  override readonly name = 'StateMachineUnusableError';
  readonly stateMachineArn: string;

  constructor(stateMachineArn: string, problem: string) {
    super(`routes.yml names the state machine ${stateMachineArn}, which cannot run batches: ${problem}.`);
    this.stateMachineArn = stateMachineArn;
  }
}

/**
 * What can be told from the ARN alone. Executions are started with the rights of our functions, where they run.
 * @throws StateMachineUnusableError
 */
export function checkMachineArns(arns: readonly string[], region: string): void {
  for (const arn of arns) {
    const [, , , itsRegion, , , , qualifier] = arn.split(':');
    if (itsRegion !== region) {
      const problem = `it is in ${itsRegion}, and the stack is for ${region}. Step Functions starts executions in its own region only`;
      throw new StateMachineUnusableError(arn, problem);
    }
    if (qualifier !== undefined) {
      // Status events name the state machine without it, and names of executions are unique without it.
      const problem = `"${qualifier}" is a version or an alias. Name the state machine itself`;
      throw new StateMachineUnusableError(arn, problem);
    }
  }
}

/**
 * What only AWS can tell. Nothing has been changed by then.
 * @throws StateMachineUnusableError
 */
export async function checkMachines(
  client: SFNClient,
  arns: readonly string[],
  account: string,
): Promise<void> {
  for (const arn of arns) {
    const [, , , , itsAccount] = arn.split(':');
    if (itsAccount !== account) {
      const problem = `it is in account ${itsAccount}, and the stack is in ${account}. Step Functions lets no other account start executions; let a state machine here call it`;
      throw new StateMachineUnusableError(arn, problem);
    }
    const { type, status } = await client
      .send(new DescribeStateMachineCommand({ stateMachineArn: arn }))
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'StateMachineDoesNotExist') {
          throw new StateMachineUnusableError(arn, 'it does not exist');
        }
        throw awsError(`the description of state machine ${arn} (states:DescribeStateMachine)`, error);
      });
    // Express executions have no names that last, so nothing would keep a batch from running twice.
    if (type !== 'STANDARD') throw new StateMachineUnusableError(arn, `it is ${type}; STANDARD is needed`);
    if (status === 'DELETING') throw new StateMachineUnusableError(arn, 'it is being deleted');
  }
}
