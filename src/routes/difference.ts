import type { Limits, Location } from '../core/policy.ts';

/** What is told of a route, from routes.yml or by a running Spillway. Buckets are called as they are outside. */
export interface RouteView {
  name: string;
  bucket: string;
  prefix: string;
  suffixes: readonly string[];
  limits: Limits;
  pipeline: string;
  output?: Location;
  /** Cron flushes, each in one line, in any order. */
  schedules: readonly string[];
  policyVersion?: string;
}

/** One setting that a deployment would change, in words. */
export interface Change {
  setting: string;
  from: string;
  to: string;
}

/** What a deployment would mean for one route. */
export interface RouteDifference {
  route: string;
  /** `changed`: for windows that open afterwards. Open ones keep the policy that they opened with. */
  what: 'same' | 'added' | 'removed' | 'changed';
  changes: Change[];
  /** Windows that are open now, and so keep their policy. */
  openWindows: number;
  /** The deployment would be refused: the route goes, its windows are open. */
  refused: boolean;
  /** What it means, in one sentence. */
  sentence: string;
}

/**
 * Compares the routes that run with those of a routes.yml.
 * @param openWindows by route, also of routes that are configured no more
 */
export function routeDifferences(
  running: readonly RouteView[],
  wanted: readonly RouteView[],
  openWindows: ReadonlyMap<string, number>,
): RouteDifference[] {
  const before = new Map(running.map((route) => [route.name, route]));
  const after = new Map(wanted.map((route) => [route.name, route]));
  const names = [...new Set([...after.keys(), ...before.keys(), ...openWindows.keys()])];
  return names.flatMap((name): RouteDifference[] => {
    const from = before.get(name);
    const to = after.get(name);
    const open = openWindows.get(name) ?? 0;
    // Configured neither now nor then, and nothing left of it.
    if (from === undefined && to === undefined && open === 0) return [];
    return [differenceOf(name, from, to, open)];
  });
}

function differenceOf(
  route: string,
  from: RouteView | undefined,
  to: RouteView | undefined,
  openWindows: number,
): RouteDifference {
  const base = { route, openWindows, refused: false };
  const open = openWindows === 1 ? '1 open window keeps' : `${openWindows} open windows keep`;
  if (to === undefined) {
    const refused = openWindows > 0;
    const sentence = refused
      ? `It goes, and ${openWindows === 1 ? '1 window of it is' : `${openWindows} windows of it are`} open: the deployment is refused until it is drained.`
      : 'It goes; no window of it is open.';
    return { ...base, what: 'removed', changes: [], refused, sentence };
  }
  if (from === undefined) {
    return { ...base, what: 'added', changes: [], sentence: 'It comes; files put from then on are counted.' };
  }
  const changes = changesOf(from, to);
  if (changes.length === 0) return { ...base, what: 'same', changes, sentence: 'Nothing changes.' };
  const sentence =
    openWindows === 0
      ? 'No window is open; the next ones get the new settings.'
      : `${open} the settings they opened with; the next ones get the new.`;
  return { ...base, what: 'changed', changes, sentence };
}

function changesOf(from: RouteView, to: RouteView): Change[] {
  const known = SETTINGS.flatMap(({ setting, text }) => {
    const [before, after] = [text(from), text(to)];
    return before === after ? [] : [{ setting, from: before, to: after }];
  });
  const policyDiffers =
    from.policyVersion !== undefined &&
    to.policyVersion !== undefined &&
    from.policyVersion !== to.policyVersion;
  const shown = known.some(({ setting }) => POLICY.has(setting));
  if (!policyDiffers || shown) return known;
  // csv, parameters and the state machine behind a name are part of the policy, but nobody tells them.
  return [...known, { setting: 'policy', from: from.policyVersion ?? '', to: to.policyVersion ?? '' }];
}

const POLICY = new Set(['count', 'window', 'bytes', 'quiet', 'pipeline', 'output']);

const SETTINGS: { setting: string; text: (route: RouteView) => string }[] = [
  { setting: 'bucket', text: ({ bucket }) => bucket },
  { setting: 'prefix', text: ({ prefix }) => prefix },
  { setting: 'suffixes', text: ({ suffixes }) => (suffixes.length === 0 ? 'any' : suffixes.join(' ')) },
  { setting: 'count', text: ({ limits }) => String(limits.count) },
  { setting: 'window', text: ({ limits }) => secondsText(limits.windowMs) },
  { setting: 'bytes', text: ({ limits }) => (limits.bytes === undefined ? 'none' : String(limits.bytes)) },
  {
    setting: 'quiet',
    text: ({ limits }) => (limits.quietMs === undefined ? 'none' : secondsText(limits.quietMs)),
  },
  { setting: 'pipeline', text: ({ pipeline }) => pipeline },
  {
    setting: 'output',
    text: ({ output }) => (output === undefined ? 'none' : `s3://${output.bucket}/${output.prefix}`),
  },
  {
    setting: 'flush',
    text: ({ schedules }) => (schedules.length === 0 ? 'none' : schedules.toSorted().join('; ')),
  },
];

function secondsText(ms: number): string {
  return `${ms / 1_000} s`;
}
