import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** A call from a process to the world outside. */
export interface RemoteCall {
  process: Caller;
  /** For the trace: `log.append sales/ 7`. */
  name: string;
  /** Where a hot partition's throttling applies. */
  partition?: string;
  /** The error that the caller gets for a failed call. */
  failure(cause: Error): Error;
}

/** The side of a process that calls see. */
export interface Caller {
  readonly id: string;
  alive(): boolean;
  crash(why: string): void;
  /** Virtual time until which it runs nothing at all; replies wait. */
  frozenUntil(): number;
}

/** What becomes of one call. */
export type Fate =
  | 'answered'
  /** Never arrives; the caller gets an error. */
  | 'request lost'
  /** Takes effect; the caller gets an error. */
  | 'reply lost'
  /** The caller gets an error first; the effect comes later. */
  | 'effect after timeout'
  /** Refused. */
  | 'throttled'
  /** The process dies as it is about to call. */
  | 'crash before call'
  /** The process dies when the effect has happened. */
  | 'crash after call';

/** Decides what becomes of each call: by chance, or by a plan. */
export type FateOf = (call: RemoteCall) => Fate;

export interface RemoteCalls {
  /** Makes a call. The promise of a process that died never settles. */
  make<Result>(call: RemoteCall, effect: () => Promise<Result>): Promise<Result>;
  /** Calls whose effect or answer is still on its way. */
  pending(): number;
}

/** How long a caller waits for an answer that does not come (ms). */
const TIMEOUT_MS = 2_000;
const SLOW_MAX_MS = 4_000;
const LATE_EFFECT_MAX_MS = 60_000;

export function createRemoteCalls(
  scheduler: Scheduler,
  random: Random,
  latencyMaxMs: number,
  fateOf: FateOf,
  faults: Faults,
): RemoteCalls {
  let pending = 0;
  const latency = () =>
    latencyMaxMs === 0 ? 0 : random.int(1, faults.strike('slow call') ? SLOW_MAX_MS : latencyMaxMs);

  /** Hands something to the process, when it runs again if it is frozen; to a dead one nothing. */
  function reply(call: RemoteCall, ms: number, hand: () => void): void {
    scheduler.after(ms, `< ${call.process.id} ${call.name}`, () => {
      const wait = call.process.frozenUntil() - scheduler.now();
      if (!call.process.alive()) return;
      if (wait > 0) reply(call, wait, hand);
      else hand();
    });
  }

  function make<Result>(call: RemoteCall, effect: () => Promise<Result>): Promise<Result> {
    const { process } = call;
    if (!process.alive()) return never();
    const fate = fateOf(call);
    scheduler.note(`> ${process.id} ${call.name}${fate === 'answered' ? '' : `: ${fate}`}`);
    if (fate === 'crash before call') {
      process.crash(`before ${call.name}`);
      return never();
    }
    return new Promise((resolve, reject) => {
      const fail = (ms: number) =>
        reply(call, ms, () => reject(call.failure(new Error(`simulated: ${fate}`))));
      const arrive = (ms: number, done: (settle: () => void) => void) => {
        pending += 1;
        scheduler.after(ms, `* ${process.id} ${call.name}`, () => {
          effect().then(
            (result) => done(() => resolve(result)),
            (error) => done(() => reject(error)),
          );
          pending -= 1;
        });
      };
      if (fate === 'request lost') fail(TIMEOUT_MS);
      else if (fate === 'throttled') fail(latency());
      else if (fate === 'reply lost') arrive(latency(), () => fail(TIMEOUT_MS));
      else if (fate === 'crash after call') arrive(latency(), () => process.crash(`after ${call.name}`));
      else if (fate === 'answered') arrive(latency(), (settle) => reply(call, latency(), settle));
      else {
        fail(TIMEOUT_MS);
        arrive(TIMEOUT_MS + random.int(1, LATE_EFFECT_MAX_MS), () => undefined);
      }
    });
  }

  return { make, pending: () => pending };
}

/** Throttling that hits every process at once: the whole world, or one partition's log. */
export interface Throttles {
  everythingUntil: number;
  partitionUntil: Map<string, number>;
}

/** Chance decides, by the rates of the seed. */
export function fatesByChance(
  scheduler: Scheduler,
  faults: Faults,
  random: Random,
  throttles: Throttles,
): FateOf {
  const perCall = [
    'request lost',
    'reply lost',
    'effect after timeout',
    'crash before call',
    'crash after call',
  ] as const;
  return ({ partition }) => {
    if (faults.healed()) return 'answered';
    const hotUntil = partition === undefined ? 0 : (throttles.partitionUntil.get(partition) ?? 0);
    const throttled = Math.max(throttles.everythingUntil, hotUntil) > scheduler.now();
    // A few get through: that is what makes a burst nasty.
    if (throttled && random.chance(0.85)) return 'throttled';
    return perCall.find((kind) => faults.strike(kind)) ?? 'answered';
  };
}

export function never<Result>(): Promise<Result> {
  return new Promise(() => undefined);
}
