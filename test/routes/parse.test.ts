import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRoutes } from '../../src/routes/parse.ts';
import { RoutesInvalidError } from '../../src/routes/problem.ts';
import { messagesOf, parse, problemsOf, withRoutes } from './configurations.ts';

const sample = readFileSync(new URL('../../routes.yml', import.meta.url), 'utf8');

describe('the routes.yml of this repository', () => {
  it('is the example of the design, and has nothing to warn of', () => {
    const { routes, buckets, warnings } = parse(sample);
    expect(warnings).toEqual([]);
    expect(buckets).toEqual([{ name: 'landing' }, { name: 'curated' }]);
    const [sales, partners] = routes;
    expect(sales?.limits).toEqual({ count: 100, windowMs: 3_600_000, bytes: 2 ** 30, quietMs: 300_000 });
    expect(sales?.schedules).toMatchObject([
      { cron: '0/30 8-16 ? * MON-FRI *', timezone: 'Europe/Paris', minEvents: 1 },
    ]);
    expect(partners).toMatchObject({
      prefix: 'partners/{partner}/',
      suffixes: ['.csv'],
      limits: { count: 100, windowMs: 3_600_000 },
      pipeline: { name: 'process-files' },
      folderMarkers: 'ignore',
      queue: 'shared',
    });
  });

  it('reads the same with CRLF, with a byte order mark, and as JSON', () => {
    const plain = JSON.stringify(parse(sample));
    expect(JSON.stringify(parse(sample.replaceAll('\n', '\r\n')))).toBe(plain);
    expect(JSON.stringify(parse(`\uFEFF${sample}`))).toBe(plain);
    expect(JSON.stringify(parse(`---\n${sample}...\n`))).toBe(plain);
    const json =
      '{"buckets":{"landing":{}},"routes":{"a":{"bucket":"landing","prefix":"a/","batch":{"count":1,"window":"1h"},"pipeline":"process-files"}}}';
    expect(parse(json).routes[0]?.limits).toEqual({ count: 1, windowMs: 3_600_000 });
  });
});

describe('docs/routes.md', () => {
  const page = readFileSync(new URL('../../docs/routes.md', import.meta.url), 'utf8');

  it('opens with an example that works', () => {
    const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
    expect(parse(example).routes.map(({ name }) => name)).toEqual(['sales', 'partners']);
  });

  it('names every key of a route', () => {
    const [problem] = problemsOf(withRoutes({ a: '{ bucket: landing, prefix: a/, nonsense: 1 }' }));
    const keys = problem?.expected.replace('one of ', '').split(', ') ?? [];
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) expect(page).toContain(`| \`${key}\` |`);
  });
});

describe('defaults', () => {
  it('fill in what a route leaves out, key by key', () => {
    const text = withRoutes({
      own: '{ bucket: landing, prefix: a/, batch: { count: 5 }, pipeline: fail-on-demand }',
      none: '{ bucket: landing, prefix: b/ }',
    });
    const [own, none] = parse(text).routes;
    expect(own).toMatchObject({
      limits: { count: 5, windowMs: 3_600_000 },
      pipeline: { name: 'fail-on-demand' },
    });
    expect(none).toMatchObject({
      limits: { count: 100, windowMs: 3_600_000 },
      pipeline: { name: 'process-files' },
    });
  });

  it('that are wrong are not also reported as missing', () => {
    const text =
      'buckets: { landing: {} }\ndefaults: { batch: { count: x, window: 1h } }\nroutes: { a: { bucket: landing, prefix: a/ } }';
    expect(problemsOf(text).map(({ path }) => path)).toEqual(['defaults.batch.count']);
  });
});

describe('ranges', () => {
  const batchOf = (batch: string) =>
    withRoutes({ a: `{ bucket: landing, prefix: a/, queue: dedicated, batch: ${batch} }` });
  it.each([
    ['{ count: 1 }', { count: 1 }],
    ['{ count: 10000 }', { count: 10_000 }],
    ['{ window: 1s }', { windowMs: 1_000 }],
    ['{ window: 14d }', { windowMs: 1_209_600_000 }],
    ['{ window: 336h }', { windowMs: 1_209_600_000 }],
    ['{ quiet: 1h }', { quietMs: 3_600_000 }],
    ['{ bytes: 1 }', { bytes: 1 }],
    ['{ bytes: 1B }', { bytes: 1 }],
    ['{ bytes: 10MB }', { bytes: 10_000_000 }],
    ['{ bytes: 64KiB }', { bytes: 65_536 }],
    ['{ bytes: 2 GiB }', { bytes: 2 ** 31 }],
  ])('%s is in range', (batch, limits) => {
    expect(parse(batchOf(batch)).routes[0]?.limits).toMatchObject(limits);
  });

  it.each([
    ...['0', '-1', '10001', '1.5', '1e9', '"5"', 'many', 'null', 'true', '[1]'].map(
      (count) => `{ count: ${count} }`,
    ),
    ...[
      '0s',
      '15d',
      '1209601s',
      '-1m',
      '3600',
      '1.5h',
      '1h30m',
      '1 h',
      '1H',
      '1:30',
      '1w',
      'PT1H',
      '""',
      '01h',
      '99999999999s',
    ].map((window) => `{ window: ${window} }`),
    ...['61m', '0s', '500ms'].map((quiet) => `{ quiet: ${quiet} }`),
    ...['0', '0B', '-1', '1.5', '1.5GiB', '1gib', '10 mb', '1PB', '1125899906842625', '""'].map(
      (bytes) => `{ bytes: ${bytes} }`,
    ),
  ])('%s is out of range', (batch) => {
    const problems = problemsOf(batchOf(batch));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path).toMatch(/^routes\.a\.batch\./);
    expect(problems[0]?.line).toBe(4);
  });
});

describe('warnings', () => {
  const warningsOf = (route: string, now?: number) =>
    parseRoutes(withRoutes({ a: route, b: '{ bucket: curated, prefix: b/ }' }), 'routes.yml', {
      pipelines: ['process-files'],
      ...(now === undefined ? {} : { now }),
    }).warnings.map(({ message }) => message);

  it('a window or quiet period under a minute wants a dedicated queue', () => {
    const hurried = '{ bucket: landing, prefix: a/, batch: { window: 59s, quiet: 10s } }';
    expect(warningsOf(hurried)).toEqual([
      expect.stringMatching(/^routes\.yml:4:54 routes\.a\.batch\.window: 59s is short.*queue: dedicated/),
      expect.stringMatching(/^routes\.yml:4:66 routes\.a\.batch\.quiet: 10s is short/),
    ]);
    expect(warningsOf(hurried.replace('batch', 'queue: dedicated, batch'))).toEqual([]);
    expect(warningsOf(hurried.replace('59s', '60s').replace('10s', '1m'))).toEqual([]);
  });

  it('a flush that can never close a window', () => {
    const flush = (minEvents: number) =>
      `{ bucket: landing, prefix: a/, flush: [{ cron: "0 0 * * ? *", minEvents: ${minEvents} }] }`;
    expect(warningsOf(flush(100))[0]).toContain('this flush never closes one');
    expect(warningsOf(flush(99))).toEqual([]);
  });

  it('a schedule whose years are over, where the time is known', () => {
    const route = '{ bucket: landing, prefix: a/, flush: [{ cron: "0 0 * * ? 2020" }] }';
    expect(warningsOf(route, Date.UTC(2026, 0, 1))[0]).toContain('this flush never runs');
    expect(warningsOf(route, Date.UTC(2019, 0, 1))).toEqual([]);
    expect(warningsOf(route)).toEqual([]);
  });

  it('a suffix without its dot, HUGEINT, a bucket without a route', () => {
    expect(warningsOf('{ bucket: landing, prefix: a/, suffixes: [csv, .csv, manifest.json] }')).toHaveLength(
      1,
    );
    expect(warningsOf('{ bucket: landing, prefix: a/, csv: { columns: { n: HUGEINT } } }')[0]).toContain(
      'DECIMAL(38,0)',
    );
    expect(warningsOf('{ bucket: curated, prefix: a/ }')[0]).toContain(
      'buckets.landing: No route uses this bucket',
    );
  });
});

describe('outputs', () => {
  const withOutput = (output: string, suffixes: string) =>
    withRoutes({
      a: `{ bucket: landing, prefix: in/, output: ${output} }`,
      b: `{ bucket: curated, prefix: "{x}/raw/", suffixes: ${suffixes} }`,
    });
  it('that a route would take as events are refused', () => {
    expect(problemsOf(withOutput('{ bucket: landing, prefix: in/out/ }', '[.csv]'))[0]?.message).toContain(
      'this route itself',
    );
    expect(problemsOf(withOutput('{ bucket: landing }', '[.csv]'))[0]?.path).toBe('routes.a.output');
    expect(problemsOf(withOutput('{ bucket: curated, prefix: x/ }', '[.json]'))[0]?.message).toContain(
      'where route b takes objects',
    );
    expect(problemsOf(withOutput('{ bucket: curated, prefix: x/raw/y/ }', '[t]'))[0]?.path).toBe(
      'routes.a.output',
    );
  });

  it('that no route takes pass: another bucket, prefix or suffix', () => {
    for (const output of ['{ bucket: landing, prefix: out/ }', '{ bucket: curated, prefix: x/cooked/ }']) {
      expect(parse(withOutput(output, '[.json]')).routes).toHaveLength(2);
    }
    expect(parse(withOutput('{ bucket: curated, prefix: x/ }', '[.csv]')).routes).toHaveLength(2);
  });

  it('are compared by the buckets that stand behind the names', () => {
    const text = 'buckets: { landing: { name: one }, curated: { name: one } }\n';
    expect(messagesOf(`${text}routes: { a: { bucket: landing, prefix: a/ } }`)[0]).toContain(
      'is the bucket one, as is buckets.landing',
    );
  });
});

describe('all problems come at once', () => {
  it('syntax aside: of YAML, of single values, and between routes, in the order of the file', () => {
    const problems = problemsOf(
      [
        'buckets: { landing: {} }',
        'defaults: { batch: { count: &n 100, window: 1h }, pipeline: process-files }',
        'routes:',
        '  one: { bucket: landing, prefix: a/, sufixes: [.csv] }',
        '  two: { bucket: landing, prefix: b/, batch: { count: 0o17 } }',
        '  three: { bucket: landing, prefix: c/, batch: { count: 5, window: 1m, quiet: 1h } }',
        '  four: { bucket: landing, prefix: d/, batch: { count: 5, window: 1m }, pipeline: process-files }',
        '  five: { bucket: landing, prefix: d/, batch: { count: 5, window: 1m }, pipeline: process-files }',
        '  five: {}',
      ].join('\n'),
    );
    expect(problems.map(({ line, path }) => [line, path])).toEqual([
      [2, 'defaults.batch.count'],
      [4, 'routes.one.sufixes'],
      [5, 'routes.two.batch.count'],
      [6, 'routes.three.batch.quiet'],
      [8, 'routes.five.prefix'],
      [9, 'routes.five'],
    ]);
  });

  it('the error itself lists them, each in one line with file and line', () => {
    try {
      parse('buckets: { landing: {} }\nroutes: { a: {} }');
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof RoutesInvalidError)) throw error;
      expect(error.name).toBe('RoutesInvalidError');
      expect(error.message.split('\n')).toHaveLength(error.problems.length + 1);
      expect(error.message).toMatch(
        /^routes\.yml has \d problems:\n {2}routes\.yml:2:11 routes\.a\.\w+ is missing/,
      );
    }
  });
});

it('no text makes it throw anything but its own error, or answer with half a configuration', () => {
  const line = fc.constantFrom(
    ...sample.split('\n'),
    '  - x',
    '? [a]',
    ': 1',
    '&a b',
    '*a',
    '<<: *a',
    '!!str 5',
    '"',
    "'",
    '{',
    '[',
    '|',
    '>',
    '%YAML 1.1',
    '---',
    '\t',
    '\uFEFF',
    '#',
    'a: b: c',
    '__proto__: 1',
  );
  const text = fc.oneof(
    fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\n')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  fc.assert(
    fc.property(text, (content) => {
      try {
        expect(parse(content).routes.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(RoutesInvalidError);
        if (error instanceof RoutesInvalidError) {
          expect(error.problems.length).toBeGreaterThan(0);
          for (const { message } of error.problems)
            expect(message).toMatch(/^routes\.yml:\d+:\d+ [^\n\r\0]*expected /);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

it('a thousand routes are read whole', () => {
  const routes = Array.from({ length: 1_000 }, (_, index) => [
    `partner-${index}`,
    `{ bucket: landing, prefix: partner-${index}/, output: { bucket: curated, prefix: partner-${index}/ } }`,
  ]);
  expect(parse(withRoutes(Object.fromEntries(routes))).routes).toHaveLength(1_000);
});
