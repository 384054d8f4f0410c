import { type CronSchedule, parseCron } from '../core/cron.ts';
import type { Configuration, FlushSchedule, Route } from './configuration.ts';

/** Raised with every change of what is packed: functions and their file are packaged together. */
const LAYOUT = 1;

interface Packed {
  layout: number;
  buckets: Configuration['buckets'];
  routes: (Omit<Route, 'schedules'> & { schedules: Omit<FlushSchedule, 'schedule'>[] })[];
}

/** The file that was packaged with a function is not what its code packs. */
export class RoutesPackedError extends Error {
  override readonly name = 'RoutesPackedError';

  constructor(file: string, problem: string, cause?: unknown) {
    super(
      `${file} ${problem}. It is made of routes.yml when the stack is packaged: deploy again, and change no function by hand.`,
      { cause },
    );
  }
}

/**
 * routes.yml as a function reads it: checked already, when the stack was packaged, so that no cold start has to load
 * what reads YAML and checks settings. Equal configurations give equal texts.
 */
export function packRoutes({ buckets, routes }: Configuration): string {
  const packed: Packed = {
    layout: LAYOUT,
    buckets,
    routes: routes.map((route) => ({
      ...route,
      schedules: route.schedules.map(({ schedule: _schedule, ...written }) => written),
    })),
  };
  return `${JSON.stringify(packed)}\n`;
}

/**
 * What {@link packRoutes} packed, without the warnings.
 * @param file what an error calls it
 * @throws RoutesPackedError
 */
export function unpackRoutes(text: string, file: string): Configuration {
  const packed = parsed(text, file);
  if (packed?.layout !== LAYOUT) {
    throw new RoutesPackedError(file, `has the layout ${packed?.layout}; expected ${LAYOUT}`);
  }
  const { buckets, routes } = packed;
  return {
    file: 'routes.yml',
    buckets,
    routes: routes.map((route) => ({ ...route, schedules: route.schedules.map(withSchedule) })),
    warnings: [],
  };
}

function parsed(text: string, file: string): Packed {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RoutesPackedError(file, 'is no JSON', error);
  }
}

/** Read when it is asked for: time zones cost a cold start 15 ms, and only questions about the next tick need them. */
function withSchedule(written: Omit<FlushSchedule, 'schedule'>): FlushSchedule {
  let schedule: CronSchedule | undefined;
  return {
    ...written,
    get schedule() {
      schedule ??= parseCron(written.cron, written.timezone);
      return schedule;
    },
  };
}
