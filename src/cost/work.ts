import type { Figures } from './figures.ts';
import type { Architecture } from './functions.ts';
import type { Flow, Traffic } from './traffic.ts';

/** Files that come, and the batches that they make. */
export interface Work {
  traffic: Traffic;
  flow: Flow;
  figures: Figures;
  architecture: Architecture;
  /** Calls of reconcile in this time. */
  reconciles: number;
  /** Of one execution. */
  transitions: number;
  /** Work units of a batch in the shipped pipeline. */
  units: number;
}
