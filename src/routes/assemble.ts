import { parseCron } from '../core/cron.ts';
import type { CsvSettings, Limits } from '../core/policy.ts';
import type { FlushSchedule, Route } from './configuration.ts';
import type { Finding } from './problem.ts';
import { durationText } from './quantities.ts';
import type { BatchSetting, DefaultsSetting, RouteSetting } from './schema.ts';

/**
 * A route with its defaults filled in; null, with what is missing pushed to `findings`, when it cannot be.
 *
 * @param defaults null when they could not be read: then nothing is said of what they would have given
 */
export function assembleRoute(
  name: string,
  setting: RouteSetting,
  defaults: DefaultsSetting | null,
  findings: Finding[],
): Route | null {
  const limits = limitsOf(name, setting.batch ?? {}, defaults, findings);
  const pipeline = setting.pipeline ?? defaults?.pipeline;
  if (pipeline === undefined && defaults !== null) {
    findings.push({
      path: ['routes', name, 'pipeline'],
      state: 'is missing',
      expected: 'the pipeline that batches run through, here or in defaults.pipeline',
    });
  }
  if (limits === null || pipeline === undefined) return null;
  const csv = setting.csv === undefined ? null : csvOf(setting.csv);
  const output = setting.output;
  return {
    name,
    bucket: setting.bucket,
    prefix: setting.prefix.prefix,
    pattern: setting.prefix.pattern,
    suffixes: setting.suffixes ?? [],
    limits,
    schedules: (setting.flush ?? []).map(scheduleOf),
    pipeline,
    ...(output === undefined ? {} : { output: { bucket: output.bucket, prefix: output.prefix ?? '' } }),
    ...(csv === null ? {} : { csv }),
    ...(setting.parameters === undefined ? {} : { parameters: setting.parameters }),
    folderMarkers: setting.folderMarkers ?? 'ignore',
    queue: setting.queue ?? 'shared',
  };
}

function limitsOf(
  name: string,
  own: BatchSetting,
  defaults: DefaultsSetting | null,
  findings: Finding[],
): Limits | null {
  const shared = defaults?.batch ?? {};
  const { count = shared.count, window = shared.window, bytes = shared.bytes, quiet = shared.quiet } = own;
  if (defaults !== null) {
    if (count === undefined) findings.push(missingLimit(name, 'count', 'a number of events'));
    if (window === undefined) findings.push(missingLimit(name, 'window', 'a time limit'));
  }
  if (count === undefined || window === undefined) return null;
  if (quiet !== undefined && quiet > window) {
    findings.push({
      path: ['routes', name, 'batch', own.quiet === undefined ? 'window' : 'quiet'],
      state: `leaves quiet at ${durationText(quiet)} and window at ${durationText(window)}`,
      expected: 'quiet to be no longer than window, which closes first otherwise',
      value: durationText(own.quiet === undefined ? window : quiet),
    });
    return null;
  }
  return {
    count,
    windowMs: window,
    ...(bytes === undefined ? {} : { bytes }),
    ...(quiet === undefined ? {} : { quietMs: quiet }),
  };
}

function missingLimit(route: string, key: 'count' | 'window', what: string): Finding {
  return {
    path: ['routes', route, 'batch', key],
    state: 'is missing',
    expected: `${what}, here or in defaults.batch.${key}`,
  };
}

function scheduleOf(setting: NonNullable<RouteSetting['flush']>[number]): FlushSchedule {
  const { cron, timezone = 'UTC', minEvents = 1 } = setting;
  return { cron, timezone, minEvents, schedule: parseCron(cron, timezone) };
}

function csvOf(setting: NonNullable<RouteSetting['csv']>): CsvSettings {
  const { columns, delimiter } = setting;
  return { ...(columns === undefined ? {} : { columns }), ...(delimiter === undefined ? {} : { delimiter }) };
}
