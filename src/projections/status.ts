import type { StatusChange } from './projections.ts';

/**
 * Orders what is reported about an execution: more redrives are later, and within one run an end is later than
 * running. A change applies only if it lies after what is stored; so the first report of an end stays.
 */
export function progressOf(change: Pick<StatusChange, 'status' | 'redrives'>): number {
  return change.redrives * 2 + (change.status === 'running' ? 0 : 1);
}
