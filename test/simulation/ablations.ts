import { decide } from '../../src/core/decide.ts';
import type { Alterations } from './processes.ts';
import type { Shape } from './shape.ts';

/** The service with one rule taken away, in a world where that rule matters. */
export interface Ablation {
  /** The rule that is missing. */
  rule: string;
  alterations: Alterations;
  /** Brings the rule's occasion about more often; the whole service must pass the same seeds. */
  reshape(shape: Shape): Shape;
  /** A violation that shows the promise broken, not merely that the code differs. */
  caughtBy: RegExp;
}

/** Without reconcile, and so without the faults that only reconcile makes good for. */
function withoutReconcile(shape: Shape): Shape {
  return { ...shape, reconcileMs: null, faults: { ...shape.faults, 'timer lost': 0, 'report lost': 0 } };
}

/** Opens windows at the smallest arrival among their events, and so moves deadlines into the past. */
const decideWithoutWatermark: typeof decide = (key, tail, command, now) => {
  const { window } = tail?.state ?? {};
  if (!tail || !window || command.kind !== 'append') return decide(key, tail, command, now);
  const smallest = Math.min(window.openedAt, ...command.events.map(({ arrival }) => arrival));
  const state = { ...tail.state, watermark: 0, window: { ...window, openedAt: smallest } };
  return decide(key, { ...tail, state }, command, now);
};

export const ablations: Ablation[] = [
  {
    rule: 'whoever finds its events in the log redoes their effects',
    alterations: { parts: { redo: async () => undefined } },
    reshape: withoutReconcile,
    caughtBy: /never started|windows open/,
  },
  {
    rule: 'duplicates are looked for from two minutes before the birth',
    alterations: { options: { dedupeMarginMs: 0 } },
    reshape: (shape) => ({
      ...shape,
      processes: { ...shape.processes, count: 4, skewMaxMs: 90_000 },
      faults: { ...shape.faults, 'clock skew': 1, 'duplicate at once': 0.3 },
    }),
    caughtBy: /twice/,
  },
  {
    rule: 'a flush pins the window that it means',
    alterations: {
      ports: (ports) => ({ ...ports, flushes: { ...ports.flushes, pin: async (_id, pin) => pin } }),
    },
    reshape: (shape) => ({ ...shape, faults: { ...shape.faults, flush: 8, 'flush retried': 0.8 } }),
    caughtBy: /it closed \d+ windows/,
  },
  {
    rule: 'a window opens no earlier than the watermark',
    alterations: { parts: { decide: decideWithoutWatermark } },
    reshape: (shape) => ({
      ...shape,
      faults: {
        'deletion lost': 0.05,
        'reordered delivery': 0.3,
        'notice delayed': 0.1,
        outage: 1,
        'clock skew': 1,
      },
    }),
    caughtBy: /late:|shredded:/,
  },
];
