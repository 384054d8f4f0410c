import type { Route as RunningRoute } from '../api/overview-schemas.ts';
import { nextTicks } from '../core/cron.ts';
import type { PipelineRef } from '../core/policy.ts';
import type { BucketNames, Configuration, PipelineSetting, Route } from '../routes/configuration.ts';
import { bucketNameAsWritten } from '../routes/configuration.ts';
import { createRouter } from '../routes/create-router.ts';
import { type RouteDifference, type RouteView, routeDifferences } from '../routes/difference.ts';
import { findStage, outputPart, type Stage } from '../stage/stage.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client/client.ts';
import { askRoutes } from './client/endpoints.ts';
import type { Printer } from './printer.ts';
import type { GlobalOptions } from './settings.ts';
import { stageOf } from './target.ts';
import type { Column } from './text/table.ts';
import { counted } from './text/time.ts';

/** Shows how the routes that run differ from those of a routes.yml. */
export async function showDifferences(task: {
  cli: Cli;
  options: GlobalOptions;
  printer: Printer;
  client: Client;
  configuration: Configuration;
}): Promise<void> {
  const { cli, options, printer, client, configuration } = task;
  const stageName = stageOf(options, cli.env);
  const stage = stageName === undefined ? null : await findStage(stageName);
  const { routes } = await askRoutes(client);
  const open = new Map(routes.map(({ name, openWindows }) => [name, openWindows]));
  const wanted = wantedRoutes(configuration, stage, cli.now());
  const differences = routeDifferences(routes.flatMap(runningRoute), wanted, open);
  const refused = differences.filter((each) => each.refused);
  if (printer.json) {
    printer.document({
      schemaVersion: 1,
      file: configuration.file,
      refused: refused.length > 0,
      differences,
    });
    return;
  }
  const changed = differences.filter(({ what }) => what !== 'same');
  if (printer.tty) for (const difference of changed) print(printer, difference);
  else printer.rows(changed.flatMap(rowsOf), COLUMNS);
  printer.talk(`${counted(changed.length, 'route')} of ${differences.length} would change.`);
  for (const { route } of refused) {
    const where = stageName === undefined ? '' : ` --stage ${stageName}`;
    printer.talk(['red', `Drain it before: spillway drain ${route}${where}`]);
  }
}

/** A route as it runs; none for one that is configured no more. */
function runningRoute(route: RunningRoute): RouteView[] {
  const { name, bucket = '', prefix = '', suffixes, limits, pipeline = '', output, policyVersion } = route;
  if (limits === undefined) return [];
  const byIndex = new Map(route.nextTicks.map((tick) => [tick.schedule, scheduleText(tick)]));
  return [
    {
      name,
      bucket,
      prefix,
      suffixes,
      limits: {
        count: limits.count,
        windowMs: limits.windowMs,
        ...(limits.bytes !== undefined && { bytes: limits.bytes }),
        ...(limits.quietMs !== undefined && { quietMs: limits.quietMs }),
      },
      pipeline,
      schedules: [...byIndex.values()],
      ...(output !== undefined && { output }),
      ...(policyVersion !== undefined && { policyVersion }),
    },
  ];
}

/** The routes of a file as they would run: their buckets called as outside, their policies with versions. */
function wantedRoutes(configuration: Configuration, stage: Stage | null, now: number): RouteView[] {
  const bucketNames: BucketNames = (bucket) =>
    stage?.outputs[`Bucket${outputPart(bucket.name)}`] ?? bucketNameAsWritten(bucket);
  const router = createRouter(configuration, (setting) => pipelineOf(setting, stage), bucketNames);
  // The server here shows buckets by their names in routes.yml.
  const outside = new Map(
    configuration.buckets.map((bucket) => [bucket.name, stage === null ? bucket.name : bucketNames(bucket)]),
  );
  return configuration.routes.map((route): RouteView => {
    const policy = router.policy(route.name);
    const { name, bucket, prefix, suffixes, limits } = route;
    return {
      name,
      bucket: outside.get(bucket) ?? bucket,
      prefix,
      suffixes,
      limits,
      pipeline: policy?.pipeline.name ?? '',
      schedules: schedulesOf(route, now),
      ...(policy?.output !== undefined && { output: policy.output }),
      ...(policy !== null && { policyVersion: policy.version }),
    };
  });
}

/** As the two homes call state machines: their ARNs are part of a policy's version. */
function pipelineOf(setting: PipelineSetting, stage: Stage | null): PipelineRef {
  if ('stateMachineArn' in setting) {
    const { stateMachineArn } = setting;
    return { name: stateMachineArn.slice(stateMachineArn.lastIndexOf(':') + 1), stateMachineArn };
  }
  const { name } = setting;
  const here = `arn:aws:states:local:000000000000:stateMachine:${name}`;
  const stateMachineArn = stage === null ? here : (stage.outputs[`StateMachine${outputPart(name)}Arn`] ?? '');
  return { name, stateMachineArn };
}

/** A schedule that never fires again is not told by a running Spillway either. */
function schedulesOf({ schedules }: Route, now: number): string[] {
  return schedules.filter(({ schedule }) => nextTicks(schedule, now, 1).length > 0).map(scheduleText);
}

function scheduleText({ cron, timezone, minEvents }: { cron: string; timezone: string; minEvents: number }) {
  return `${cron} ${timezone}, at least ${counted(minEvents, 'event')}`;
}

const STYLES = { same: 'dim', added: 'green', removed: 'red', changed: 'yellow' } as const;

function print(printer: Printer, { route, what, changes, sentence }: RouteDifference): void {
  printer.line([STYLES[what], `${what.padEnd(8)} `], ['bold', route], ` ${sentence}`);
  for (const { setting, from, to } of changes)
    printer.line(['dim', `  ${setting.padEnd(9)} `], `${from} → ${to}`);
}

interface Row extends Pick<RouteDifference, 'route' | 'what' | 'openWindows'> {
  setting: string;
  from: string;
  to: string;
}

function rowsOf({ route, what, openWindows, changes }: RouteDifference): Row[] {
  const base = { route, what, openWindows };
  if (changes.length === 0) return [{ ...base, setting: '', from: '', to: '' }];
  return changes.map((change) => ({ ...base, ...change }));
}

const COLUMNS: Column<Row>[] = [
  { title: 'ROUTE', value: ({ route }) => route, rank: 0 },
  { title: 'WHAT', value: ({ what }) => what, rank: 0 },
  { title: 'SETTING', value: ({ setting }) => setting, rank: 0 },
  { title: 'FROM', value: ({ from }) => from, rank: 0 },
  { title: 'TO', value: ({ to }) => to, rank: 0 },
  { title: 'OPEN WINDOWS', value: ({ openWindows }) => String(openWindows), rank: 0 },
];
