import type { PipelineRef } from '../core/policy.ts';
import type { ExecutionStatus } from '../projections/projections.ts';

/**
 * Runs batches through their pipelines: Step Functions, or the interpreter in this process.
 *
 * Every driver guarantees:
 * 1. **One name, one execution**: `start` with a name that was used before starts nothing and says `already`,
 *    whether that execution still runs or has ended. (AWS: for 90 days after its end.)
 * 2. After `start` resolved the execution runs to an end by itself, and its end is reported to the service at
 *    least once, in any order.
 * 3. `start` that rejects may have started the execution; starting again is safe.
 *
 * On a laptop an execution dies with its process; the home starts it again under the same name, and its steps
 * replace their outputs.
 */
export interface Executions {
  start(execution: StartRequest): Promise<Started>;
  /** How an execution stands, or null when there is none by that name. */
  describe(execution: ExecutionRef): Promise<ExecutionState | null>;
  /** What happened, state by state, oldest first; at most `limit` entries starting at `from`. */
  trace(execution: ExecutionRef, page: { from: number; limit: number }): Promise<TracePage>;
}

export interface StartRequest extends ExecutionRef {
  /** JSON text. */
  input: string;
}

export interface ExecutionRef {
  name: string;
  pipeline: PipelineRef;
}

export interface Started {
  /** ARN on AWS, the execution's name on a laptop. */
  execution: string;
  startedAt: number;
  already: boolean;
}

export interface ExecutionState {
  status: ExecutionStatus;
  redrives: number;
  startedAt: number;
  endedAt?: number;
  /** JSON text, where it ended with one. */
  output?: string;
  error?: string;
  cause?: string;
}

/** An execution ended, or began to run again. */
export interface ExecutionReport extends ExecutionState {
  name: string;
  /** The execution's input, which tells whose batch it is. */
  input: string;
  /** As {@link Started} has it, where the engine says so: other executions may have the same name and input. */
  execution?: string;
}

export interface TracePage {
  entries: TraceEntry[];
  more: boolean;
  /** Entries that the cap left out. */
  dropped: number;
}

/** One thing that happened in an execution, in the same shape for both engines. */
export interface TraceEntry {
  at: number;
  kind: TraceKind;
  /** `''` at the top, `Process Files[3]` inside a Map's item, `Deliver` inside a Parallel state. */
  path: string;
  state: string;
  /** The state's type: Task, Choice, Map … */
  type: string;
  attempt?: number;
  error?: string;
  cause?: string;
  /** JSON text, capped. */
  input?: string;
  output?: string;
}

export type TraceKind =
  | 'started'
  | 'entered'
  | 'exited'
  | 'failed'
  | 'retried'
  | 'caught'
  | 'item-started'
  | 'item-succeeded'
  | 'item-failed'
  | 'succeeded'
  | 'execution-failed';
