import type { Random } from './random.ts';

/** Everything that can go wrong, or happen at a bad moment. A seed switches each on or off and draws its rate. */
export const FAULT_KINDS = [
  // A call from a process to the world outside; rates are per call.
  'request lost',
  'reply lost',
  'effect after timeout',
  'slow call',
  'crash before call',
  'crash after call',
  'winner withheld',
  'short page',
  // Stretches of time; rates are per hour.
  'throttle burst',
  'hot partition',
  'crash at random',
  'freeze',
  'outage',
  // Clocks.
  'clock skew',
  'clock drift',
  'clock step back',
  // The source of events; rates are per message or delivery.
  'duplicate at once',
  'duplicate minutes later',
  'dead letter redriven days later',
  'notice delayed',
  'reordered delivery',
  'visibility expires early',
  'deletion lost',
  'partial failure',
  // Timers and commands; rates are per timer or command.
  'timer early',
  'timer late',
  'timer twice',
  'timer lost',
  'command twice',
  'command late',
  // Executions; rates are per execution or report.
  'execution fails',
  'execution redriven',
  'report lost',
  'report twice',
  'report late',
  // People and deployments; rates are per hour, or per flush.
  'flush',
  'flush retried',
  'flush at several processes',
  'cron flush',
  'policy changed',
  'pipeline changed',
  'configuration lag',
  'route moved',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** The rate of each kind; a kind that is absent is off. */
export type FaultTable = Partial<Record<FaultKind, number>>;

/** Decides when faults strike, and counts how often they did. */
export interface Faults {
  /** Whether a fault of this kind strikes here. Never after {@link Faults.heal}. */
  strike(kind: FaultKind): boolean;
  /** The rate of this kind; 0 when it is off or everything has healed. */
  rate(kind: FaultKind): number;
  /** Counts a fault that struck in another way than by {@link Faults.strike}. */
  count(kind: FaultKind): void;
  heal(): void;
  healed(): boolean;
  fired(): ReadonlyMap<FaultKind, number>;
}

export function createFaults(table: FaultTable, random: Random): Faults {
  const streams = new Map(FAULT_KINDS.map((kind) => [kind, random.fork(kind)]));
  const fired = new Map<FaultKind, number>();
  let healed = false;
  const rate = (kind: FaultKind) => (healed ? 0 : (table[kind] ?? 0));
  const count = (kind: FaultKind) => {
    fired.set(kind, (fired.get(kind) ?? 0) + 1);
  };
  return {
    strike(kind) {
      const struck = streams.get(kind)?.chance(rate(kind)) ?? false;
      if (struck) count(kind);
      return struck;
    },
    rate,
    count,
    heal() {
      healed = true;
    },
    healed: () => healed,
    fired: () => fired,
  };
}
