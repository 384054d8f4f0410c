import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { parseRoutes } from '../../src/routes/parse.ts';
import { RoutesInvalidError } from '../../src/routes/problem.ts';
import { bucketSchema, defaultsSchema, fileSchema, routeSchema } from '../../src/routes/schema.ts';
import { blocks, page, pages, quoted, rows, section } from './pages.ts';

const reference = await page('docs/routes.md');
const PIPELINES = ['process-files', 'count-rows'];
const declared = { buckets: [{ name: 'landing' }, { name: 'curated' }], pipelines: PIPELINES };
const route = routeSchema(declared).shape;

/** Keys of a mapping inside a schema, below `optional` and lists. */
function keysOf(schema: z.core.$ZodType): string[] {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'optional') return keysOf(def.innerType);
  if (def.type === 'array') return keysOf(def.element);
  if (def.type === 'object') return Object.keys(def.shape);
  throw new Error(`No mapping, but ${def.type}.`);
}

const isOptional = (schema: z.core.$ZodType) => schema._zod.def.type === 'optional';

const TABLES: Record<string, string[]> = {
  '## The file': Object.keys(fileSchema.shape),
  '## Buckets': Object.keys(bucketSchema.shape),
  '## Defaults': Object.keys(defaultsSchema(declared).shape),
  '## A route': Object.keys(route),
  '## Output': keysOf(route.output),
  '## Batch': keysOf(route.batch),
  '## Flush': keysOf(route.flush),
  '## CSV': keysOf(route.csv),
};

/** The row of a key: what it may be, what is taken without it, an example. */
function rowOf(heading: string, key: string) {
  const row = tableOf(heading).find(([first]) => first === `\`${key}\``) ?? [];
  return { value: row[1] ?? '', without: row.at(-2) ?? '', example: quoted(row.at(-1) ?? '')[0] ?? '' };
}

/** The table of keys, which has an example in its last column. */
const tableOf = (heading: string) => rows(section(reference, heading)).filter((row) => row.length >= 4);

describe.each(Object.entries(TABLES))('%s', (heading, keys) => {
  test('has every key of the schema and no other', () => {
    expect(keys.length).toBeGreaterThan(0);
    expect(tableOf(heading).map(([first]) => first)).toEqual(keys.map((key) => `\`${key}\``));
  });

  test.each(keys)('says what %s may be, what comes without it, and shows one', (key) => {
    const { value, without, example } = rowOf(heading, key);
    expect(value).not.toBe('');
    expect(without).not.toBe('');
    expect(example).not.toBe('');
  });
});

const SMALLEST = {
  bucket: 'landing',
  prefix: 'a/',
  batch: { count: 1, window: '1s' },
  pipeline: 'process-files',
};

const fileWith = (setting: object) =>
  JSON.stringify({ buckets: { landing: {}, curated: {} }, routes: { sales: setting } });

function problemsIn(text: string, pipelines = PIPELINES) {
  try {
    parseRoutes(text, 'routes.yml', { pipelines });
    return [];
  } catch (error) {
    if (error instanceof RoutesInvalidError) return error.problems;
    throw error;
  }
}

const problemsOf = (setting: object) => problemsIn(fileWith(setting));

/** A route's settings with one of them given, wherever in it the key stands. */
function withKey(heading: string, key: string, value: unknown): object {
  const group = { '## Batch': 'batch', '## Output': 'output', '## CSV': 'csv' }[heading];
  if (heading === '## Flush') return { ...SMALLEST, flush: [{ cron: '0 18 ? * MON-FRI *', [key]: value }] };
  if (group === undefined) return { ...SMALLEST, [key]: value };
  const rest = { batch: { count: 1, window: '14d' }, output: { bucket: 'curated' }, csv: {} }[group];
  return { ...SMALLEST, [group]: { ...rest, [key]: value } };
}

const OF_A_ROUTE = Object.entries(TABLES)
  .filter(([heading]) => !['## The file', '## Buckets', '## Defaults'].includes(heading))
  .flatMap(([heading, keys]) => keys.map((key) => ({ heading, key })));

/** Every whole routes.yml that a page shows. */
const files = (await pages())
  .flatMap((one) =>
    blocks(one, 'yaml').map((text, index) => ({ name: `yaml ${index + 1} of ${one.path}`, text })),
  )
  .filter(({ text }) => /^routes:/m.test(text));
const isWrong = ({ text }: { text: string }) => text.startsWith('# With mistakes.');

describe('examples', () => {
  test.each(OF_A_ROUTE)('of $key in $heading is taken', ({ heading, key }) => {
    expect(problemsOf(withKey(heading, key, parseYaml(rowOf(heading, key).example)))).toEqual([]);
  });

  test('a wrong one would not be', () => {
    expect(problemsOf(withKey('## Batch', 'window', parseYaml('3600')))).toHaveLength(1);
  });

  test.each(files.filter((file) => !isWrong(file)))('$name is a routes.yml', ({ text }) => {
    const { warnings } = parseRoutes(text, 'routes.yml', { pipelines: PIPELINES });
    expect(warnings).toEqual([]);
  });

  test('the one with mistakes is refused in the words that the page shows', () => {
    const wrong = files.find(isWrong)?.text ?? '';
    const shown = blocks(reference, '').find((text) => text.startsWith('routes.yml has')) ?? '';
    const refusal = new RoutesInvalidError('routes.yml', problemsIn(wrong, ['process-files']));
    expect(refusal.message).toBe(shown.trimEnd());
  });
});

describe('what is taken without a key', () => {
  test('is an error just where the schema wants the key', () => {
    const required = Object.entries(route).filter(([, schema]) => !isOptional(schema));
    expect(required.map(([key]) => key)).toEqual(['bucket', 'prefix']);
    for (const key of Object.keys(route)) {
      expect([key, rowOf('## A route', key).without === 'error']).toEqual([
        key,
        !isOptional(route[key as keyof typeof route]),
      ]);
    }
  });

  test('is what the reader of the file takes', () => {
    const text = fileWith({ ...SMALLEST, flush: [{ cron: '0 18 ? * MON-FRI *' }] });
    const [sales] = parseRoutes(text, 'routes.yml', { pipelines: PIPELINES }).routes;
    expect(rowOf('## A route', 'folderMarkers').without).toBe(`\`${sales?.folderMarkers}\``);
    expect(rowOf('## A route', 'queue').without).toBe(`\`${sales?.queue}\``);
    expect(rowOf('## A route', 'suffixes').without).toBe('every key');
    expect(sales?.suffixes).toEqual([]);
    expect(sales?.output).toBeUndefined();
    expect(sales?.csv).toBeUndefined();
    expect(rowOf('## Flush', 'timezone').without).toBe(`\`${sales?.schedules[0]?.timezone}\``);
    expect(rowOf('## Flush', 'minEvents').without).toBe(String(sales?.schedules[0]?.minEvents));
  });
});

describe('limits', () => {
  const LIMITS = [
    { heading: '## Batch', key: 'count', taken: [1, 10_000], refused: [0, 10_001] },
    { heading: '## Batch', key: 'window', taken: ['1s', '14d'], refused: ['0s', '15d'] },
    { heading: '## Batch', key: 'bytes', taken: ['1B', '1024TiB'], refused: ['0B', '1025TiB'] },
    { heading: '## Batch', key: 'quiet', taken: ['1s', '14d'], refused: ['0s', '15d'] },
    { heading: '## Flush', key: 'minEvents', taken: [1, 10_000], refused: [0, 10_001] },
  ];

  test.each(LIMITS)('of $key are those that the page gives', ({ heading, key, taken, refused }) => {
    const { value } = rowOf(heading, key);
    const [least = '', most = ''] = taken.map((limit) => limit.toLocaleString('en'));
    expect(value.startsWith(`${least} to ${key === 'quiet' ? '`window`' : most}`)).toBe(true);
    for (const limit of taken) expect(problemsOf(withKey(heading, key, limit))).toEqual([]);
    for (const limit of refused) expect(problemsOf(withKey(heading, key, limit))).toHaveLength(1);
  });

  test('of parameters are those that the page gives', () => {
    const bytes = Number(
      /at most ([\d,]+) bytes/.exec(rowOf('## A route', 'parameters').value)?.[1]?.replace(',', ''),
    );
    const filled = (size: number) => ({
      ...SMALLEST,
      parameters: { x: 'y'.repeat(size - '{"x":""}'.length) },
    });
    expect(problemsOf(filled(bytes))).toEqual([]);
    expect(problemsOf(filled(bytes + 1))).toHaveLength(1);
  });
});
