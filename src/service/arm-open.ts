import type { Ports } from './ports.ts';
import { registered } from './registry.ts';

/**
 * Arms a timer for every window that the partition items show as open, without reading a log: for the start of a home
 * whose timers died with its process. An item may be behind its log; reconcile, which reads the logs, sees to the rest.
 * Resolves with how many were armed, which are not all once `stopping` is aborted.
 */
export async function armOpenWindows(
  { projections, timers }: Pick<Ports, 'projections' | 'timers'>,
  stopping?: AbortSignal,
): Promise<number> {
  let armed = 0;
  for await (const { route, partition, position } of registered(projections)) {
    if (stopping?.aborted) break;
    if (!position?.window) continue;
    const { epoch, windowSeq, window } = position;
    await timers.arm({ route, partition, epoch, windowSeq, at: window.deadline });
    armed += 1;
  }
  return armed;
}
