import { nextTicks, previousTick } from '../core/cron.ts';
import type { RouteFacts } from '../queries/sources.ts';
import type { Configuration, FlushSchedule } from './configuration.ts';
import type { ConfiguredRouter } from './create-router.ts';

/** The routes as they are shown, in the order of routes.yml. */
export function routeFacts({ routes }: Configuration, router: ConfiguredRouter): RouteFacts[] {
  return routes.flatMap((route): RouteFacts[] => {
    const policy = router.policy(route.name);
    if (policy === null) return [];
    const { name, bucket, prefix, suffixes, limits, schedules, folderMarkers } = route;
    return [
      {
        name,
        bucket,
        prefix,
        suffixes,
        limits,
        pipeline: policy.pipeline.name,
        stateMachineArn: policy.pipeline.stateMachineArn,
        policyVersion: policy.version,
        ...(policy.output === undefined ? {} : { output: policy.output }),
        schedules: schedules.map(scheduleFacts),
        countsFolderMarkers: folderMarkers === 'count',
      },
    ];
  });
}

function scheduleFacts(flush: FlushSchedule): RouteFacts['schedules'][number] {
  const { cron, timezone, minEvents } = flush;
  return {
    cron,
    timezone,
    minEvents,
    next: (after) => nextTicks(flush.schedule, after, 1)[0] ?? null,
    previous: (before) => previousTick(flush.schedule, before),
  };
}
