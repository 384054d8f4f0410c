import { nextTicks, parseCron } from '../core/cron.ts';
import { wallTime } from '../core/local-time.ts';
import { localTime } from '../queries/ticks.ts';
import type { FlushSchedule } from '../routes/configuration.ts';
import type { CronNextOptions } from './commands/cron-next.ts';
import { UsageError } from './errors.ts';
import type { Printer } from './printer.ts';
import { readRoutes, routeOf } from './routes-file.ts';

type Schedule = Pick<FlushSchedule, 'cron' | 'timezone' | 'schedule'> & { minEvents?: number };

/** The next times of some schedules, as `cron next --json` prints them. */
export interface Ticks {
  now: string;
  here: string;
  schedules: ScheduleTicks[];
}

interface ScheduleTicks {
  cron: string;
  timezone: string;
  minEvents?: number;
  ticks: { at: string; local: string; here: string }[];
  /** Changes of the clocks between the ticks. */
  notes: string[];
}

/**
 * The schedule that an expression describes, or those of a route. Route names have no spaces, expressions do.
 * @throws UsageError when the expression or the zone is wrong, RouteUnknownError, and what reading routes.yml throws
 */
export async function schedulesOf(subject: string, options: CronNextOptions): Promise<Schedule[]> {
  const { timezone } = options;
  if (/[\s*?]/.test(subject) || subject === '') {
    return [scheduleOf(subject, timezone ?? 'UTC')];
  }
  const route = routeOf(await readRoutes(options.routes), subject);
  return route.schedules.map((each) =>
    timezone === undefined ? each : { ...each, ...scheduleOf(each.cron, timezone) },
  );
}

function scheduleOf(cron: string, timezone: string): Schedule {
  try {
    return { cron, timezone, schedule: parseCron(cron, timezone) };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'CronInvalidError') throw error;
    throw new UsageError(error.message, 'The fields: minutes hours day-of-month month day-of-week year.');
  }
}

export function ticksOf(schedules: readonly Schedule[], now: number, count: number): Ticks {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    now: new Date(now).toISOString(),
    here,
    schedules: schedules.map(({ cron, timezone, schedule, minEvents }) => {
      const instants = nextTicks(schedule, now, count);
      return {
        cron,
        timezone,
        ...(minEvents === undefined ? {} : { minEvents }),
        ticks: instants.map((at) => ({
          at: new Date(at).toISOString(),
          local: localTime(at, timezone),
          here: localTime(at, here),
        })),
        notes: clockChanges(timezone, [now, ...instants]),
      };
    }),
  };
}

/** One sentence for each change of a zone's offset between neighbouring instants. */
function clockChanges(timezone: string, instants: readonly number[]): string[] {
  return instants.slice(1).flatMap((at, index) => {
    const before = instants[index] ?? at;
    const change = offsetOf(timezone, at) - offsetOf(timezone, before);
    if (change === 0) return [];
    const [direction, effect] =
      change > 0
        ? ['forward', 'a local time that they skip does not fire']
        : ['back', 'a local time that they repeat fires once'];
    const minutes = Math.abs(change) / 60_000;
    return [
      `The clocks of ${timezone} go ${direction} by ${minutes} minutes before ${localTime(at, timezone)}: ${effect}.`,
    ];
  });
}

/** Local time minus UTC, in ms. */
function offsetOf(timezone: string, at: number): number {
  const second = Math.floor(at / 1_000) * 1_000;
  return wallTime(timezone, second) - second;
}

export function printTicks(printer: Printer, { schedules, here }: Ticks): void {
  if (schedules.length === 0) printer.talk('This route has no cron flush.');
  for (const { cron, timezone, ticks, notes } of schedules) {
    printer.talk(['bold', cron], ` in ${timezone}`);
    if (ticks.length === 0) printer.talk('It never fires again.');
    printer.rows(ticks, [
      { title: timezone, value: ({ local }) => local, rank: 0 },
      { title: `here (${here})`, value: (tick) => tick.here, rank: 1 },
      { title: 'UTC', value: ({ at }) => at, rank: 2 },
    ]);
    for (const note of notes) printer.talk(['yellow', note]);
  }
}
