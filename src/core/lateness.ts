import type { Batch } from './window.ts';

/** How far after its deadline a window closed (ms); 0 where something else than time closed it. */
export function latenessOf(batch: Pick<Batch, 'reason' | 'closedAt' | 'deadline'>): number {
  const byTime = batch.reason === 'time' || batch.reason === 'quiet';
  return byTime ? Math.max(0, batch.closedAt - batch.deadline) : 0;
}
