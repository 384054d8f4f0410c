import type { Schedule } from './cron.ts';

/** Which ticks of one schedule have fired, and which comes next. Holds no clock. */
export interface Ticks {
  /** The tick to wait for as of `now`, or null when there is none any more. */
  next(now: number): number | null;
  /** The tick that must fire now, if any: the latest of those due that has not fired. It then counts as fired. */
  takeDue(now: number): number | null;
}

/**
 * Fired ticks that are remembered. A clock that is set back would reach them again; what is older than these then
 * fires again under the same flush id, which closes nothing.
 */
const REMEMBERED_MAX = 5_000;

const MINUTE_MS = 60_000;

/** Ticks of `schedule` after `start`: those before it were missed while the server was down and never fire. */
export function ticksOf(schedule: Pick<Schedule, 'next'>, start: number): Ticks {
  const fired = new Set<number>();
  let seen = start;
  let armed = nextUnfired(start);

  function nextUnfired(after: number): number | null {
    let tick = schedule.next(after);
    while (tick !== null && fired.has(tick)) tick = schedule.next(tick);
    return tick;
  }

  const look = (now: number) => {
    // Set back: ticks that lie ahead again are waited for anew, except those that fired.
    if (now < seen) armed = nextUnfired(now);
    seen = now;
  };

  return {
    next(now) {
      look(now);
      return armed;
    },
    takeDue(now) {
      look(now);
      if (armed === null || armed > now) return null;
      const tick = latestUpTo(schedule, armed, now);
      fired.add(tick);
      if (fired.size > REMEMBERED_MAX) forgetOldest(fired);
      armed = nextUnfired(now);
      return tick;
    },
  };
}

function forgetOldest(fired: Set<number>): void {
  for (const tick of fired) {
    fired.delete(tick);
    return;
  }
}

/**
 * The latest tick ≤ `now`, given one that is due. Looks back over spans that double, so that a year of missed
 * minutes costs a few steps and not half a million.
 */
function latestUpTo(schedule: Pick<Schedule, 'next'>, due: number, now: number): number {
  let latest = due;
  for (let span = MINUTE_MS; now - span > due; span *= 2) {
    const tick = schedule.next(now - span);
    if (tick !== null && tick <= now) {
      latest = tick;
      break;
    }
  }
  for (let tick = schedule.next(latest); tick !== null && tick <= now; tick = schedule.next(tick))
    latest = tick;
  return latest;
}
