import { systemWakeAfter } from './wakeup.ts';

/**
 * Runs a task again and again, each time `ms` after the last one ended. A task that rejects is told of and runs again.
 * Returns how to stop; that resolves when no run is under way.
 */
export function every(
  ms: number,
  task: () => Promise<unknown>,
  onProblem: (error: Error) => void,
): () => Promise<void> {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = systemWakeAfter(ms, run);

  function run(): void {
    running = task()
      .catch((error: unknown) => onProblem(error instanceof Error ? error : new Error(String(error))))
      .then(() => {
        if (!stopped) cancel = systemWakeAfter(ms, run);
      });
  }

  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
