import type { Announcements } from '../announcements/announcements.ts';
import type { Commands } from '../commands/commands.ts';
import type { Executions } from '../executions/executions.ts';
import type { Flushes } from '../flushes/flushes.ts';
import type { Log } from '../log/log.ts';
import type { Objects } from '../objects/objects.ts';
import type { Projections } from '../projections/projections.ts';
import type { Timers } from '../timers/timers.ts';
import type { Observer } from './observation.ts';

/** Everything outside the service. A home is a choice of drivers for these. */
export interface Ports {
  log: Log;
  projections: Projections;
  flushes: Flushes;
  timers: Timers;
  commands: Commands;
  executions: Executions;
  announcements: Announcements;
  objects: Objects;
  observe: Observer;
}
