import type { BatchStatus } from '../../api/schemas.ts';
import type { Style } from '../colour.ts';

const LOOKS: Record<BatchStatus, { icon: string; style: Style }> = {
  closed: { icon: '◌', style: 'dim' },
  running: { icon: '●', style: 'yellow' },
  succeeded: { icon: '✓', style: 'green' },
  failed: { icon: '✗', style: 'red' },
  'timed-out': { icon: '✗', style: 'red' },
  aborted: { icon: '✗', style: 'red' },
};

/** Status as icon and word, so that colour is never the only sign. */
export function statusText(status: BatchStatus): string {
  return `${LOOKS[status].icon} ${status}`;
}

export function statusStyle(status: BatchStatus): Style {
  return LOOKS[status].style;
}

export function hasEnded(status: BatchStatus): boolean {
  return status !== 'closed' && status !== 'running';
}

export function hasFailed(status: BatchStatus): boolean {
  return hasEnded(status) && status !== 'succeeded';
}
