import { systemWakeAfter } from './wakeup.ts';

/**
 * Runs a task at once, and again and again, each time a rest after the last one ended. A task that rejects is told of
 * and runs again. Returns how to stop; that resolves when no run is under way:
 * a task may end early when it is told, and what it rejects with then is nobody's concern.
 * @param restMs asked when a run has ended
 */
export function every(
  restMs: () => number,
  task: (stopping: AbortSignal) => Promise<unknown>,
  onProblem: (error: Error) => void,
): () => Promise<void> {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let cancel = () => {};

  function run(): void {
    running = task(stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) onProblem(error instanceof Error ? error : new Error(String(error)));
      })
      .then(() => {
        if (!stopping.signal.aborted) cancel = systemWakeAfter(restMs(), run);
      });
  }

  run();
  return async () => {
    stopping.abort();
    cancel();
    await running;
  };
}
