import type { ExecutionReport, Executions } from '../../src/executions/executions.ts';
import { type MemoryExecutions, memoryExecutions } from '../../src/executions/memory.ts';
import type { Faults } from './faults.ts';
import { type History, noteRejection } from './history.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Shape } from './shape.ts';

/** Runs executions to their end after a while, and reports how they stand. */
export interface ExecutionEngine extends Executions {
  readonly calls: MemoryExecutions['calls'];
  running(): string[];
  /** Reports that no process has taken yet. */
  unreported(): number;
}

const RETRY_MS = 30_000;
const REPORT_LATE_MAX_MS = 20 * 60_000;

export interface ExecutionEngineWorld {
  scheduler: Scheduler;
  random: Random;
  shape: Shape;
  faults: Faults;
  history: History;
  processes(): Processes;
}

export function createExecutionEngine(world: ExecutionEngineWorld): ExecutionEngine {
  const { scheduler, shape, faults, history } = world;
  const random = world.random.fork('executions');
  const engine = memoryExecutions({ clock: { now: scheduler.now } });
  let unreported = 0;

  async function end(name: string): Promise<void> {
    const failed = faults.strike('execution fails');
    const report = await engine.end(
      name,
      failed ? { status: 'failed', error: 'SimulatedError' } : { status: 'succeeded', output: '{}' },
    );
    tell(report);
    if (failed && faults.strike('execution redriven')) {
      scheduler.after(random.int(1_000, 600_000), `redrive ${name}`, () => {
        void engine.redrive(name).then(tell);
        scheduler.after(random.int(2_000, shape.executionMaxMs), `end ${name}`, () => void end(name));
      });
    }
  }

  function tell(report: ExecutionReport): void {
    // Nothing looks at an execution again that was reported as ended: a redrive by hand that goes unreported stays unseen.
    if (report.redrives === 0 && faults.strike('report lost')) return;
    const copies = faults.strike('report twice') ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      unreported += 1;
      const late = faults.strike('report late')
        ? random.int(1_000, REPORT_LATE_MAX_MS)
        : random.int(0, 2_000);
      scheduler.after(late, `report ${report.name} ${report.status}`, () => attempt(report));
    }
  }

  function attempt(report: ExecutionReport): void {
    const process = world.processes().pick();
    let settled = false;
    process?.service.executionReported(structuredClone(report)).then(
      () => {
        if (!process.alive() || settled) return;
        settled = true;
        unreported -= 1;
      },
      (error) => {
        if (process.alive()) noteRejection(history, 'executionReported', error);
      },
    );
    scheduler.after(RETRY_MS, 'report timeout', () => {
      if (settled) return;
      settled = true;
      attempt(report);
    });
  }

  return {
    ...engine,
    calls: engine.calls,
    async start(request) {
      const started = await engine.start(request);
      if (!started.already) {
        const ms = random.int(1, shape.executionMaxMs);
        scheduler.after(ms, `end ${request.name}`, () => void end(request.name));
      }
      return started;
    },
    unreported: () => unreported,
  };
}
