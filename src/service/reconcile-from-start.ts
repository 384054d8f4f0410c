import type { Clock } from '../core/clock.ts';
import { backoffMs } from '../timers/backoff.ts';
import { armOpenWindows } from './arm-open.ts';
import type { Ports } from './ports.ts';
import type { Service } from './service.ts';

export interface FromStartOptions {
  ports: Pick<Ports, 'projections' | 'timers'>;
  service: Pick<Service, 'reconcile'>;
  clock: Pick<Clock, 'random'>;
  /** Rest between two runs (ms). */
  everyMs: number;
  onProblem(error: unknown): void;
}

/** Reconcile in a home whose timers and executions died with the process before. */
export interface FromStart {
  /** Rejects as reconcile does. */
  run(stopping: AbortSignal): Promise<void>;
  /** How long to wait for the next run (ms). */
  restMs(): number;
}

/** Rest after the first run where it did not come through (ms); after each other it is twice as long. */
const AGAIN_MS = 1_000;

/**
 * Until a run has come through, nobody sees to a window that no event comes for: it is still the start, and the next
 * run follows soon.
 */
export function reconcilingFromStart(options: FromStartOptions): FromStart {
  const { ports, service, clock, everyMs, onProblem } = options;
  let runs = 0;
  let atStart = true;

  return {
    async run(stopping) {
      runs += 1;
      // What fails here must not keep reconcile waiting, which arms what the logs show as open.
      if (atStart)
        await armOpenWindows(ports, stopping).catch((error) => stopping.aborted || onProblem(error));
      const cameThrough = () => {
        atStart = false;
      };
      await service.reconcile({ atStart, stopping, cameThrough });
    },
    restMs: () => (atStart ? backoffMs({ firstMs: AGAIN_MS, maxMs: everyMs }, runs, clock.random) : everyMs),
  };
}
