/** Runs tasks of one lane one at a time, in order; different lanes run side by side. */
export interface Lanes {
  run<Result>(lane: string, task: () => Promise<Result>): Promise<Result>;
}

/**
 * A lane per partition: a cached tail that two interleaved operations both advance is corrupt, and callers that
 * wait for their turn can share one put.
 */
export function createLanes(): Lanes {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(lane, task) {
      const before = last.get(lane) ?? Promise.resolve();
      const turn = before.then(task, task);
      last.set(lane, turn);
      const leave = () => {
        if (last.get(lane) === turn) last.delete(lane);
      };
      turn.then(leave, leave);
      return turn;
    },
  };
}
