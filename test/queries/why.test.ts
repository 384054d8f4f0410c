import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cronFlushId } from '../../src/cron/cron.ts';
import { why } from '../../src/queries/why.ts';
import { event, events, HOUR, MINUTE, ROUTES, START, type TestHome, testHome } from './home.ts';

let home: TestHome;
beforeEach(async () => {
  home = await testHome();
});
afterEach(() => home.remove());

interface Case {
  name: string;
  ask: [route: string, partition?: string];
  given?: (home: TestHome) => Promise<unknown>;
  state: string;
  sentence: string;
  /** The condition that binds, where one does. */
  binding?: string;
  nearest?: string[];
}

const tick = async (at: string) => {
  home.time.now = Date.parse(at);
  const flush = {
    id: cronFlushId('sales', 0, Date.parse(at)),
    reason: 'schedule',
    who: 'cron',
    minEvents: 50,
  } as const;
  await home.service.flush({ ...flush, scope: { route: 'sales' } });
};

const cases: Case[] = [
  {
    name: 'a route that was never heard of',
    ask: ['salse'],
    state: 'no-such-route',
    sentence: 'There is no route "salse". Did you mean "sales"?',
    nearest: ['sales'],
  },
  {
    name: 'a route like none',
    ask: ['xyzzyxyzzy'],
    state: 'no-such-route',
    sentence: 'There is no route "xyzzyxyzzy".',
    nearest: [],
  },
  {
    name: 'a plain route that saw nothing yet',
    ask: ['sales'],
    state: 'never-used',
    sentence: 'No event of route "sales" was seen yet: it waits for objects under s3://landing/chapter10/.',
  },
  {
    name: 'a route with partitions that saw nothing yet',
    ask: ['partners'],
    state: 'several-partitions',
    sentence: 'Route "partners" has seen no event yet, so it has no partitions.',
  },
  {
    name: 'a partition of a route that has none',
    ask: ['sales', 'acme'],
    given: (at) => at.service.append(events('chapter10/', 1, START)),
    state: 'no-such-partition',
    sentence: 'Route "sales" has no partitions: ask for it without "acme".',
  },
  {
    name: 'a misspelt partition',
    ask: ['partners', 'acne'],
    given: (at) =>
      at.service.append([event('partners/acme/1.csv', START), event('partners/zeta/1.csv', START)]),
    state: 'no-such-partition',
    sentence: 'Route "partners" has seen no event of a partition "acne". Did you mean "acme"?',
    nearest: ['acme'],
  },
  {
    name: 'a route with partitions as a whole',
    ask: ['partners'],
    given: async (at) => {
      await at.service.append([event('partners/acme/1.csv', START)]);
      at.time.now += 10 * MINUTE;
      await at.service.append([event('partners/zeta/1.csv', at.time.now)]);
    },
    state: 'several-partitions',
    sentence:
      '2 windows of route "partners" are open in 2 partitions; "acme" closes next, by time in 50:00. Name a partition for the whole answer.',
    nearest: ['acme', 'zeta'],
  },
  {
    name: 'a route with partitions of which none has a window',
    ask: ['partners'],
    given: (at) => at.service.append(events('partners/acme/', 3, START)),
    state: 'several-partitions',
    sentence: 'No window of route "partners" is open in its 1 partition: the next event opens one.',
  },
  {
    name: 'a window that collects',
    ask: ['partners', 'acme'],
    given: async (at) => {
      await at.service.append(events('partners/acme/', 2, START));
      at.time.now += 47 * MINUTE + 56_000;
    },
    state: 'collecting',
    sentence: '2 of 3; closes by time in 12:04, at 2026-01-05 09:00:00 UTC.',
    binding: 'time',
  },
  {
    name: 'a window whose quiet period ends first',
    ask: ['quiet'],
    given: async (at) => {
      await at.service.append(events('quiet/', 4, START));
      at.time.now += 2 * MINUTE;
    },
    state: 'collecting',
    sentence: '4 of 10; closes by quiet in 3:00, at 2026-01-05 08:05:00 UTC.',
    binding: 'quiet',
  },
  {
    name: 'a window that a cron flush closes first',
    ask: ['sales'],
    given: (at) => at.service.append(events('chapter10/', 60, START)),
    state: 'collecting',
    sentence: '60 of 100; closes by schedule in 30:00, at 2026-01-05 08:30:00 UTC.',
    binding: 'schedule',
  },
  {
    name: 'a window that a cron flush skipped',
    ask: ['sales'],
    given: async (at) => {
      await at.service.append(events('chapter10/', 37, START));
      await tick('2026-01-05T08:30:00Z');
      at.time.now += MINUTE;
    },
    state: 'collecting',
    sentence:
      '37 of 100; closes by time in 29:00, at 2026-01-05 09:00:00 UTC; cron skipped 2026-01-05 09:30:00 +01:00: 37 < minEvents 50.',
    binding: 'time',
  },
  {
    name: 'no window, after a batch by count',
    ask: ['sales'],
    given: async (at) => {
      await at.service.append(events('chapter10/', 100, START));
      await at.executions.end(at.executions.running()[0]!, { status: 'succeeded' });
    },
    state: 'empty',
    sentence:
      'No window of route "sales" is open: the next event opens one. The last batch closed by count at 2026-01-05 08:00:00 UTC with 100 events; succeeded.',
  },
  {
    name: 'no window, after a batch that failed',
    ask: ['partners', 'acme'],
    given: async (at) => {
      await at.service.append(events('partners/acme/', 3, START));
      await at.executions.end(at.executions.running()[0]!, { status: 'failed', error: 'HardError' });
    },
    state: 'empty',
    sentence:
      'No window of route "partners", partition "acme" is open: the next event opens one. The last batch closed by count at 2026-01-05 08:00:00 UTC with 3 events; failed (HardError).',
  },
  {
    name: 'a window whose deadline has just passed',
    ask: ['partners', 'acme'],
    given: async (at) => {
      await at.service.append(events('partners/acme/', 1, START));
      at.time.now += HOUR + 20_000;
    },
    state: 'overdue',
    sentence:
      '1 of 3; the deadline passed 0:20 ago, at 2026-01-05 09:00:00 UTC; it closes by time as soon as its timer comes.',
    binding: 'time',
  },
  {
    name: 'a window whose timer never came',
    ask: ['partners', 'acme'],
    given: async (at) => {
      await at.service.append(events('partners/acme/', 1, START));
      at.time.now += HOUR + 2 * MINUTE;
    },
    state: 'overdue',
    sentence:
      '1 of 3; the deadline passed 2:00 ago, at 2026-01-05 09:00:00 UTC, but its timer did not come; reconcile closes it by time within 5:00.',
    binding: 'time',
  },
];

describe('why a window has not closed', () => {
  test.each(cases)('$name', async ({ ask, given, state, sentence, binding, nearest }) => {
    await given?.(home);
    const answer = await why(home.sources, ask[0], ask[1]);
    expect(answer.sentence).toBe(sentence);
    expect(answer.state).toBe(state);
    expect(answer.conditions.find((each) => each.binding)?.condition).toBe(binding);
    if (nearest) expect(answer.nearest).toEqual(nearest);
  });

  test('a route that left the configuration while its window was open', async () => {
    await home.service.append(events('partners/acme/', 2, START));
    const without = home.sourcesUnder(ROUTES.replace(/ {2}partners:[\s\S]*?(?= {2}quiet:)/, ''));
    const answer = await why(without, 'partners', 'acme');
    expect(answer).toMatchObject({ state: 'removed-route', window: { window: { count: 2 } } });
    expect(answer.sentence).toBe(
      '2 of 3; closes by time in 1:00:00, at 2026-01-05 09:00:00 UTC. The route "partners", partition "acme" is no longer in the configuration: its window keeps the policy that it opened with and gets no more events.',
    );
    home.time.now += 2 * HOUR;
    expect((await why(without, 'partners', 'acme')).sentence).toMatch(
      /no longer in the configuration; the window closes all the same\.$/,
    );
    await home.settle();
    expect((await why(without, 'partners', 'acme')).sentence).toBe(
      'The route "partners", partition "acme" is no longer in the configuration and no window of it is open: nothing more will close. The last batch closed by time at 2026-01-05 10:00:00 UTC with 2 events; running.',
    );
  });

  test('a window with a quiet period closes by time when that comes first', async () => {
    const text = ROUTES.replace('count: 10, window: 1h', 'count: 10, window: 6m');
    const short = await testHome({}, text);
    await short.service.append([event('quiet/a', START)]);
    short.time.now = START + 3 * MINUTE;
    await short.service.append([event('quiet/b', short.time.now)]);
    const { sentence } = await why(short.sources, 'quiet', undefined);
    expect(sentence).toBe('2 of 10; closes by time in 3:00, at 2026-01-05 08:06:00 UTC.');
    await short.remove();
  });

  test('every condition is there with its present value', async () => {
    await home.service.append(events('chapter10/', 137, START));
    home.time.now += 10 * MINUTE;
    const { conditions } = await why(home.sources, 'sales', undefined);
    expect(conditions).toMatchObject([
      { condition: 'count', value: 37, limit: 100, sentence: '37 of 100 events; 63 more close it' },
      { condition: 'time', value: 10 * MINUTE, limit: HOUR, at: START + HOUR, binding: true },
      { condition: 'bytes', value: 370, limit: 1_048_576, sentence: '370 B of 1 MiB' },
      { condition: 'schedule', value: 37, limit: 50 },
      { condition: 'last-batch' },
    ]);
    expect(conditions[3]?.sentence).toBe(
      'cron 0/30 8-16 ? * MON-FRI * (Europe/Paris) ticks next at 2026-01-05 09:30:00 +01:00, in 20:00, and skips unless 50 events are there by then',
    );
  });

  test('names with control characters stay on one line', async () => {
    const answer = await why(home.sources, 'a\n\u001b[31m\u202e\u009b', undefined);
    expect(answer.sentence).toBe('There is no route "a\\n\\u001b[31m\\u202e\\u009b".');
  });
});
