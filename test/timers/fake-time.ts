import type { WakeAfter } from '../../src/timers/wakeup.ts';

/** A wall clock that is moved by hand, and wake-ups that follow elapsed time only, as a system's do. */
export interface FakeTime {
  now(): number;
  random(): number;
  wakeAfter: WakeAfter;
  /** Lets time pass, wake-up by wake-up, with what they cause happening in between. */
  pass(ms: number): Promise<void>;
  /** Sets the wall clock without any time passing. */
  setClock(now: number): void;
  /** The laptop sleeps: the wall clock goes on, the wake-ups stand still. */
  sleepThrough(ms: number): void;
  /** Delays that were asked for, oldest first. */
  readonly delays: number[];
  /** Wake-ups that are planned. */
  readonly planned: number;
}

export function fakeTime(start = 1_700_000_000_000): FakeTime {
  let wall = start;
  let elapsed = 0;
  let wakeups: { at: number; wake: () => void }[] = [];
  const delays: number[] = [];

  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    now: () => wall,
    random: () => 0.5,
    wakeAfter(ms, wake) {
      delays.push(ms);
      const wakeup = { at: elapsed + Math.max(ms, 0), wake };
      wakeups.push(wakeup);
      return () => {
        wakeups = wakeups.filter((one) => one !== wakeup);
      };
    },
    async pass(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const next = wakeups.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        wall += next.at - elapsed;
        elapsed = next.at;
        wakeups = wakeups.filter((one) => one !== next);
        next.wake();
        await settle();
      }
      wall += end - elapsed;
      elapsed = end;
    },
    setClock(now) {
      wall = now;
    },
    sleepThrough(ms) {
      wall += ms;
    },
    delays,
    get planned() {
      return wakeups.length;
    },
  };
}
