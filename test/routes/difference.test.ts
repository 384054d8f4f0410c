import { describe, expect, test } from 'vitest';
import { type RouteView, routeDifferences } from '../../src/routes/difference.ts';
import { refuseRemoval, removedButOpen } from '../../src/routes/removal-check.ts';

const SALES: RouteView = {
  name: 'sales',
  bucket: 'lake',
  prefix: 'chapter10/',
  suffixes: [],
  limits: { count: 100, windowMs: 3_600_000 },
  pipeline: 'process-files',
  schedules: ['0 8 * * ? * UTC, at least 1 event', '0 9 * * ? * UTC, at least 1 event'],
  policyVersion: 'v1',
};

const compare = (to: RouteView[], open: [string, number][] = []) =>
  routeDifferences([SALES], to, new Map(open));

describe('deploying other routes', () => {
  test('that are the same changes nothing, whatever order schedules are told in', () => {
    const same = { ...SALES, schedules: SALES.schedules.toReversed() };
    expect(compare([same], [['sales', 3]])).toMatchObject([{ what: 'same', changes: [], refused: false }]);
  });

  test('says of every setting what it was and will be, and that open windows keep theirs', () => {
    const limits = { count: 50, windowMs: 1_800_000, bytes: 1_024, quietMs: 60_000 };
    const changed: RouteView = {
      ...SALES,
      limits,
      suffixes: ['.csv'],
      output: { bucket: 'curated', prefix: 'sales/' },
      schedules: [],
      policyVersion: 'v2',
    };
    const [difference] = compare([changed], [['sales', 1]]);
    expect(difference).toMatchObject({ what: 'changed', openWindows: 1, refused: false });
    expect(difference?.sentence).toContain('1 open window keeps');
    expect(difference?.changes.map(({ setting, from, to }) => `${setting}: ${from} → ${to}`)).toEqual([
      'suffixes: any → .csv',
      'count: 100 → 50',
      'window: 3600 s → 1800 s',
      'bytes: none → 1024',
      'quiet: none → 60 s',
      'output: none → s3://curated/sales/',
      'flush: 0 8 * * ? * UTC, at least 1 event; 0 9 * * ? * UTC, at least 1 event → none',
    ]);
  });

  test('tells of a policy that differs in what nobody is told of', () => {
    expect(compare([{ ...SALES, policyVersion: 'v2' }])[0]?.changes).toEqual([
      { setting: 'policy', from: 'v1', to: 'v2' },
    ]);
  });

  test('is refused exactly where a route with open windows goes', () => {
    expect(compare([])).toMatchObject([{ what: 'removed', refused: false }]);
    expect(compare([], [['sales', 2]])).toMatchObject([{ what: 'removed', refused: true, openWindows: 2 }]);
    const gone = compare(
      [SALES],
      [
        ['forgotten', 1],
        ['empty', 0],
      ],
    );
    expect(gone.map(({ route, refused }) => ({ route, refused }))).toEqual([
      { route: 'sales', refused: false },
      { route: 'forgotten', refused: true },
    ]);
  });

  test('names a route that comes', () => {
    expect(compare([SALES, { ...SALES, name: 'new' }])[1]).toMatchObject({ route: 'new', what: 'added' });
  });
});

describe('the check before a deployment', () => {
  const open = [
    { route: 'sales', count: 3 },
    { route: 'partners', count: 2 },
    { route: 'partners', count: 1 },
  ];

  test('passes while every open window is of a route that stays', () => {
    expect(() => refuseRemoval(['sales', 'partners'], open, 'prod')).not.toThrow();
    expect(() => refuseRemoval([], [], 'prod')).not.toThrow();
  });

  test('refuses with windows, events and the command that drains them', () => {
    expect(removedButOpen(['sales'], open)).toEqual([{ route: 'partners', windows: 2, events: 3 }]);
    expect(() => refuseRemoval(['sales'], open, 'prod')).toThrow(
      'Route "partners" was removed from routes.yml, but has 2 open windows with 3 events. Drain it: npx spillway drain partners --stage prod',
    );
  });
});
