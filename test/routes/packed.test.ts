import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { nextTicks, previousTick } from '../../src/core/cron.ts';
import type { Configuration } from '../../src/routes/configuration.ts';
import { packRoutes, RoutesPackedError, unpackRoutes } from '../../src/routes/packed.ts';
import { parseRoutes } from '../../src/routes/parse.ts';

const PIPELINES = ['process-files', 'count-files', 'count-rows', 'glue-job'];
const NOW = Date.parse('2026-03-01T12:00:00Z');

/** Schedules by what they do: what walks the calendar cannot be compared. */
function comparable({ buckets, routes }: Configuration) {
  return {
    buckets,
    routes: routes.map((route) => ({
      ...route,
      schedules: route.schedules.map(({ schedule, ...written }) => ({
        ...written,
        ticks: [previousTick(schedule, NOW), ...nextTicks(schedule, NOW, 3)],
      })),
    })),
  };
}

describe('routes.yml as a function reads it', () => {
  test.each(['routes.yml', 'demo/routes.yml', 'test/e2e/routes.yml', 'test/stack/routes.yml'])(
    'says what %s says, and is the same text each time',
    async (file) => {
      const configuration = parseRoutes(await readFile(file, 'utf8'), file, { pipelines: PIPELINES });
      const text = packRoutes(configuration);
      expect(comparable(unpackRoutes(text, 'routes.json'))).toStrictEqual(comparable(configuration));
      expect(packRoutes(configuration)).toBe(text);
      expect(packRoutes(unpackRoutes(text, 'routes.json'))).toBe(text);
    },
  );

  test('has every setting there is', () => {
    const text = `
buckets: { landing: {}, curated: { name: my-curated } }
routes:
  all:
    bucket: landing
    prefix: partners/eu-{partner}/{year}/in
    suffixes: [.csv, .CSV.gz]
    batch: { count: 7, window: 90m, bytes: 1GiB, quiet: 5m }
    flush: [{ cron: "0/30 8-16 ? * MON-FRI *", timezone: Europe/Paris, minEvents: 3 }]
    pipeline: { stateMachineArn: "arn:aws:states:eu-central-1:111122223333:stateMachine:Existing" }
    output: { bucket: curated, prefix: out/ }
    parameters: { nested: [1, { deep: "ü" }], none: null }
    folderMarkers: count
    queue: dedicated
  csv:
    bucket: landing
    prefix: csv/
    batch: { count: 2, window: 1h }
    pipeline: process-files
    csv: { columns: { id: BIGINT, name: VARCHAR } }
    output: { bucket: curated, prefix: csv/ }
`;
    const configuration = parseRoutes(text, 'routes.yml', { pipelines: PIPELINES });
    const again = unpackRoutes(packRoutes(configuration), 'routes.json');
    expect(comparable(again)).toStrictEqual(comparable(configuration));
  });

  test.each([
    ['buckets: {}', 'is no JSON'],
    ['{"layout":0,"buckets":[],"routes":[]}', 'has the layout 0; expected 1'],
    ['null', 'has the layout undefined; expected 1'],
  ])('is refused when it is %s', (text, problem) => {
    const unpack = () => unpackRoutes(text, '/var/task/routes.json');
    expect(unpack).toThrow(RoutesPackedError);
    expect(unpack).toThrow(`/var/task/routes.json ${problem}`);
    expect(unpack).toThrow('deploy again');
  });
});
