import type { Usage } from './bill.ts';
import type { Figures } from './figures.ts';
import { type Architecture, invoked } from './functions.ts';

const GB = 1e9;

/** Batches that run through the shipped pipeline. */
export interface Batches {
  executions: number;
  /** Files in each. */
  files: number;
  /** Work units of each. */
  units: number;
}

/** The pipeline's three functions; every file is read once, and a Parquet file written for each unit. */
export function steps(
  { executions, files, units }: Batches,
  figures: Figures,
  architecture: Architecture,
): Usage[] {
  const processed = figures.processMs + (figures.processFileMs * files) / units;
  const logged = executions * (2 + units) * figures.platformLogBytes;
  return [
    ...invoked('check-file-extensions', executions, figures.checkMs, architecture, 'steps'),
    ...invoked('process-csv', executions * units, processed, architecture, 'steps'),
    ...invoked('collect-results', executions, figures.collectMs, architecture, 'steps'),
    // And once for each unit whether an earlier try has reported.
    { service: 'steps', what: 'files read', price: 's3Gets', quantity: executions * (files + units) },
    { service: 'steps', what: 'results written', price: 's3Puts', quantity: executions * units },
    { service: 'steps', what: 'GB of logs', price: 'logsIngested', quantity: logged / GB },
  ];
}
