import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  type SFNClient,
  type ExecutionStatus as SfnStatus,
  StartExecutionCommand,
  StateMachineDeleting,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import type { PipelineRef } from '../core/policy.ts';
import type { ExecutionStatus } from '../projections/projections.ts';
import type { ExecutionRef, ExecutionReport, ExecutionState, Executions, TraceEntry } from './executions.ts';
import { historyReader } from './history.ts';

/** The state machine that a batch's window opened with is gone. */
export class StateMachineGoneError extends Error {
  override readonly name = 'StateMachineGoneError';
  readonly stateMachineArn: string;

  constructor({ name, stateMachineArn }: PipelineRef, cause: unknown) {
    super(
      `There is no state machine ${stateMachineArn} any more, which pipeline "${name}" was when a batch's window ` +
        'opened. Deploy it again under the same name; the batch is started then.',
      { cause },
    );
    this.stateMachineArn = stateMachineArn;
  }
}

export interface StepFunctionsExecutions extends Executions {
  /** How an execution stands, with its input; null when there is none by that name. */
  report(execution: ExecutionRef): Promise<ExecutionReport | null>;
}

/** Events of one page of a history (GetExecutionHistory, API reference: at most 1,000). */
const HISTORY_PAGE = 1_000;

/**
 * Executions in Step Functions (Standard). One name, one execution: for as long as one runs and for 90 days after its
 * end (StartExecution, API reference).
 *
 * `already` is exact once an execution has ended. While one runs, AWS answers a repetition exactly as it answered the
 * first start, and this driver says that it was not started before.
 *
 * Rejects with {@link StateMachineGoneError} or what the SDK throws; starting again is safe.
 */
export function stepFunctionsExecutions({ client }: { client: SFNClient }): StepFunctionsExecutions {
  async function report(execution: ExecutionRef): Promise<ExecutionReport | null> {
    const executionArn = executionArnOf(execution);
    try {
      const found = await client.send(new DescribeExecutionCommand({ executionArn }));
      const { status, input = '', redriveCount = 0, startDate, stopDate, output, error, cause } = found;
      return {
        name: execution.name,
        input,
        status: statusOf(status),
        redrives: redriveCount,
        startedAt: startDate?.getTime() ?? 0,
        ...(stopDate !== undefined && { endedAt: stopDate.getTime() }),
        ...(output !== undefined && { output }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      };
    } catch (failure) {
      if (failure instanceof ExecutionDoesNotExist) return null;
      throw failure;
    }
  }

  async function describe(execution: ExecutionRef): Promise<ExecutionState | null> {
    const found = await report(execution);
    if (found === null) return null;
    const { name: _name, input: _input, ...state } = found;
    return state;
  }

  return {
    report,

    async start({ name, pipeline, input }) {
      const { stateMachineArn } = pipeline;
      const request = new StartExecutionCommand({ stateMachineArn, name, input });
      try {
        const { executionArn, startDate } = await client.send(request);
        const execution = executionArn ?? executionArnOf({ name, pipeline });
        return { execution, startedAt: startDate?.getTime() ?? 0, already: false };
      } catch (failure) {
        if (failure instanceof StateMachineDoesNotExist || failure instanceof StateMachineDeleting) {
          throw new StateMachineGoneError(pipeline, failure);
        }
        if (!(failure instanceof ExecutionAlreadyExists)) throw failure;
        // The answer comes from a replica that may not know the execution yet; the start is tried again then.
        const found = await describe({ name, pipeline });
        if (found === null) throw failure;
        return { execution: executionArnOf({ name, pipeline }), startedAt: found.startedAt, already: true };
      }
    },

    describe,

    async trace(execution, { from, limit }) {
      const entries: TraceEntry[] = [];
      for await (const entry of history(client, execution)) {
        entries.push(entry);
        if (entries.length > from + limit) break;
      }
      return { entries: entries.slice(from, from + limit), more: entries.length > from + limit, dropped: 0 };
    },
  };
}

/** The ARN that an execution has by its name: the state machine's, with the name behind. */
export function executionArnOf({ name, pipeline }: ExecutionRef): string {
  return `${pipeline.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** How an execution stands, in our words: one that waits to be redriven has not ended. */
export function statusOf(status: SfnStatus | string | undefined): ExecutionStatus {
  switch (status) {
    case 'SUCCEEDED':
      return 'succeeded';
    case 'FAILED':
      return 'failed';
    case 'TIMED_OUT':
      return 'timed-out';
    case 'ABORTED':
      return 'aborted';
    default:
      return 'running';
  }
}

/** The trace from its start. Where an event belongs follows from those before it, so there is no shorter way to the end. */
async function* history(client: SFNClient, execution: ExecutionRef): AsyncGenerator<TraceEntry> {
  const executionArn = executionArnOf(execution);
  const entriesOf = historyReader();
  let nextToken: string | undefined;
  do {
    const request = new GetExecutionHistoryCommand({ executionArn, maxResults: HISTORY_PAGE, nextToken });
    const page = await client.send(request).catch((failure: unknown) => {
      if (failure instanceof ExecutionDoesNotExist) return null;
      throw failure;
    });
    for (const event of page?.events ?? []) yield* entriesOf(event);
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
}
