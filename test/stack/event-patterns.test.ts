import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventPatterns, PATTERN_MAX, patternLength } from '../../infra/event-patterns.ts';
import { ref } from '../../infra/template.ts';
import { createRouter } from '../../src/routes/create-router.ts';
import { parseRoutes } from '../../src/routes/parse.ts';
import { matchesPattern } from './event-pattern.ts';

interface Setting {
  prefix: string;
  suffixes?: string[];
}

function routesOf(settings: Setting[]) {
  const routes = Object.fromEntries(
    settings.map((setting, index) => [`r${index}`, { bucket: 'landing', ...setting }]),
  );
  const text = JSON.stringify({
    buckets: { landing: {} },
    defaults: { batch: { count: 10, window: '1h' }, pipeline: 'any' },
    routes,
  });
  return parseRoutes(text, 'routes.yml', { pipelines: ['any'] });
}

const event = (key: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name: 'landing' }, object: { key, size: 1 } },
});

const passes = (patterns: unknown[], key: string) =>
  patterns.some((pattern) => matchesPattern(pattern, event(key)));

describe('event patterns', () => {
  test('of hundreds of routes are few, and each is as long as EventBridge allows', () => {
    const settings = Array.from({ length: 500 }, (_, index) => ({ prefix: `team-${index}/incoming/` }));
    const patterns = eventPatterns(ref('BucketLanding'), routesOf(settings).routes);
    expect(patterns.length).toBeLessThan(15);
    expect(Math.max(...patterns.map(patternLength))).toBeLessThanOrEqual(PATTERN_MAX);
    const named = eventPatterns('landing', routesOf(settings).routes);
    expect(settings.filter(({ prefix }) => !passes(named, `${prefix}a.csv`))).toEqual([]);
    expect(passes(named, 'team-500/incoming/a.csv')).toBe(false);
  });

  test('of a prefix of 1,000 bytes fit all the same', () => {
    const prefix = `${'ä'.repeat(499)}/`;
    const patterns = eventPatterns('landing', routesOf([{ prefix }, { prefix: 'b/' }]).routes);
    expect(Math.max(...patterns.map(patternLength))).toBeLessThanOrEqual(PATTERN_MAX);
    expect(passes(patterns, `${prefix}a.csv`)).toBe(true);
  });

  test('of a whole bucket have no keys, unless every route that takes all of it has suffixes', () => {
    expect(eventPatterns('landing', routesOf([{ prefix: '' }, { prefix: 'a/' }]).routes)).toEqual([
      { source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { bucket: { name: ['landing'] } } },
    ]);
    const [only] = eventPatterns(
      'landing',
      routesOf([{ prefix: '', suffixes: ['.csv'] }, { prefix: 'a/' }]).routes,
    );
    expect(only?.detail.object?.key).toEqual([{ suffix: '.csv' }, { prefix: 'a/' }]);
  });

  test('leave out a prefix that a shorter one takes in', () => {
    const [only] = eventPatterns('landing', routesOf([{ prefix: 'a/b/' }, { prefix: 'a/' }]).routes);
    expect(only?.detail.object?.key).toEqual([{ prefix: 'a/' }]);
  });

  test('let through whatever a route takes', () => {
    const word = fc.constantFrom('a', 'b', 'ab', '{x}', 'a{x}', '{x}b', 'ü"', 'a*', '$b\\', '👾');
    const setting = fc.record({
      prefix: fc.array(word, { maxLength: 3 }).map((words) => words.map((text) => `${text}/`).join('')),
      suffixes: fc.option(fc.subarray(['.csv', '.json'], { minLength: 1 }), { nil: undefined }),
    });
    const keys = fc.array(fc.constantFrom('a', 'b', 'ab', 'cb', 'ac', 'ü"', 'a*', '$b\\', '👾'), {
      minLength: 1,
      maxLength: 4,
    });
    const given = fc.tuple(
      fc.array(setting, { minLength: 1, maxLength: 6 }),
      keys,
      fc.constantFrom('.csv', '.json', ''),
    );
    let routed = 0;
    fc.assert(
      fc.property(given, ([settings, folders, suffix]) => {
        const configuration = readable(settings);
        if (configuration === null) return;
        const key = `${folders.join('/')}${suffix}`;
        const router = createRouter(configuration, () => ({ name: 'any', stateMachineArn: 'any' }));
        if (router.route({ bucket: 'landing', key }) === null) return;
        routed += 1;
        expect(passes(eventPatterns('landing', configuration.routes), key)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(routed).toBeGreaterThan(50);
  });
});

/** Null for settings that routes.yml refuses: two routes that take the same keys, a variable twice. */
function readable(settings: { prefix: string; suffixes: string[] | undefined }[]) {
  try {
    return routesOf(
      settings.map(({ prefix, suffixes }) => (suffixes === undefined ? { prefix } : { prefix, suffixes })),
    );
  } catch {
    return null;
  }
}
