import type { Usage } from './bill.ts';
import { batchesOf, executions, noticed } from './files.ts';
import { steps } from './steps.ts';
import type { Way } from './ways.ts';
import type { Work } from './work.ts';

/** An execution for each file, started by EventBridge itself. `work` is in batches of one file. */

/** Express workflows are charged for 64 MB at least, which holds 50 MB and one file's input, and by 100 ms (price page). */
const EXPRESS_GB = 64 / 1_024;
const EXPRESS_ROUNDS_TO_MS = 100;
const HOUR_MS = 3_600_000;

export function onePerFile(work: Work): Way {
  return {
    name: 'one execution per file',
    files: [noticed(work), ...executions(work), ...steps(batchesOf(work), work.figures, work.architecture)],
    standing: [],
    not: 'does not batch: a small Parquet file for each small CSV file; an event that is delivered twice runs twice',
    counted: 'a Standard workflow, charged by state transition',
  };
}

export function expressPerFile(work: Work): Way {
  const { flow, figures, architecture } = work;
  return {
    name: 'one Express execution per file',
    files: [
      noticed(work),
      express('Express executions', 'stepExpressRequests', flow.batches),
      express(
        'GB-hours of Express executions',
        'stepExpressGbHours',
        (flow.batches * EXPRESS_GB * expressMs(work)) / HOUR_MS,
      ),
      ...steps(batchesOf(work), figures, architecture),
    ],
    standing: [],
    not: 'does not batch; at most 5 minutes; may run twice even when its event came once; its history is in logs alone',
    counted: `${expressMs(work) / 1_000} s each, as the figures assume, and no logs; most of the price is the three functions of the pipeline, called for each file`,
  };
}

function express(what: string, price: 'stepExpressRequests' | 'stepExpressGbHours', quantity: number): Usage {
  return { service: 'Step Functions', what, price, quantity };
}

/** An execution waits for its functions. */
function expressMs({ figures, transitions }: Work): number {
  const { checkMs, processMs, processFileMs, collectMs, expressStateMs } = figures;
  const ms = checkMs + processMs + processFileMs + collectMs + transitions * expressStateMs;
  return Math.ceil(ms / EXPRESS_ROUNDS_TO_MS) * EXPRESS_ROUNDS_TO_MS;
}
