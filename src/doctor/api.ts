import type { Route } from '../api/overview-schemas.ts';
import type { OpenWindowRow } from '../api/schemas.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** Questions that the API of any home answers. */
export interface ApiQuestions {
  health(): Promise<{ version: string; now: string; problems: string[] }>;
  /** The open window that closes next, by its deadline; null where none is open. */
  nextWindow(): Promise<Pick<OpenWindowRow, 'route' | 'partition' | 'msLeft'> | null>;
  routes(): Promise<Route[]>;
}

/** Duplicates are looked for back to an event's birth less two minutes; further apart clocks must not be. */
const SKEW_MAX_MS = 90_000;
/** SigV4 requests may wait five minutes; a clock that is off by seconds is already one that nobody sets. */
const SKEW_NOTED_MS = 5_000;
/** `reconcile` runs every five minutes and arms again what is overdue: twice that is too long. */
const OVERDUE_MAX_MS = 600_000;

/** Version, problems, clock and overdue windows, as the API tells them. Throws what the questions throw. */
export async function apiChecks(
  ask: ApiQuestions,
  here: { version: string; now: () => number },
): Promise<Check[]> {
  const asked = here.now();
  const { version, now, problems } = await ask.health();
  const answered = here.now();
  return [
    versionCheck(version, here.version),
    ...problemChecks(problems),
    clockCheck(Date.parse(now), asked, answered),
    overdueCheck(await ask.nextWindow()),
  ];
}

function versionCheck(there: string, here: string): Check {
  if (there === here) return ok('version', 'api', `The API and this command are both ${here}.`);
  return warning(
    'version',
    'api',
    `The API is ${there}, this command is ${here}.`,
    'Use the command of the same version, or deploy this one.',
  );
}

function problemChecks(problems: readonly string[]): Check[] {
  if (problems.length === 0) return [ok('api', 'health', 'The API answers and reports no problem.')];
  return problems.map((problem) => failed('api', 'health', problem, 'The sentence says what to do.'));
}

/** The answer was written at some instant between the asking and the answering. */
function clockCheck(there: number, asked: number, answered: number): Check {
  const skew = there < asked ? there - asked : Math.max(0, there - answered);
  const size = Math.abs(skew);
  const seconds = (size / 1_000).toFixed(1);
  if (size <= SKEW_NOTED_MS) return ok('clock', 'api', `The clocks agree within ${seconds} s.`);
  const sentence = `The clock of the API is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the one here.`;
  const mend = 'Set the clock here by NTP ("timedatectl set-ntp true"), and mend it there if it is not AWS.';
  return size > SKEW_MAX_MS
    ? failed('clock', 'api', sentence, mend)
    : warning('clock', 'api', sentence, mend);
}

function overdueCheck(next: Awaited<ReturnType<ApiQuestions['nextWindow']>>): Check {
  if (next === null || next.msLeft > -OVERDUE_MAX_MS)
    return ok('windows', 'deadlines', 'No window is overdue.');
  const place = next.partition === '' ? next.route : `${next.route} ${next.partition}`;
  const minutes = Math.round(-next.msLeft / 60_000);
  return failed(
    'windows',
    'deadlines',
    `The window of ${place} should have closed ${minutes} minutes ago: its timer was lost, and reconcile has not mended it.`,
    `Close it: spillway flush ${place}. Then look at the dead letters of commands and at the log of reconcile.`,
  );
}
