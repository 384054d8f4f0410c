import type { SQSRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { ingest } from '../../handlers/ingest.ts';
import type { Ports } from '../../src/service/ports.ts';
import { memoryHome, START } from '../service/memory-home.ts';
import { noticeBody, S3_NATIVE_NOTIFICATION, S3_TEST_EVENT } from './events.ts';
import { quietHome, sqsRecord } from './home.ts';

describe('ingest', () => {
  test('counts a batch of ten thousand notices once each, and closes exactly what is full', async () => {
    const { handle, home, counted } = openIngest();
    const records = notices(10_000);
    expect(await handle(records)).toEqual([]);
    const batches = await home.batches();
    expect(batches.map(({ count, reason }) => `${count} ${reason}`)).toEqual(
      Array.from({ length: 100 }, () => '100 count'),
    );
    expect(home.executions.running()).toHaveLength(100);
    expect(counted.get('Events')).toBe(10_000);
    // The whole batch again, as SQS does after a lost answer.
    expect(await handle(records)).toEqual([]);
    expect(await home.events()).toHaveLength(10_000);
    expect(home.executions.calls.filter(({ already }) => !already)).toHaveLength(100);
    expect(counted.get('Duplicates')).toBe(10_000);
  });

  test('spreads a large batch over its partitions', async () => {
    const { handle, home } = openIngest();
    const keys = Array.from({ length: 2_000 }, (_, index) => `partners/p${index % 200}/${index}.csv`);
    expect(await handle(keys.map((key) => message(noticeBody(key, { at: START }))))).toEqual([]);
    for (const partner of ['p0', 'p199']) expect(await home.events(partner)).toHaveLength(10);
  });

  test('takes the arrival from the queue and the rest from the notice', async () => {
    const { handle, home } = openIngest();
    const body = noticeBody('grüße 1+1=2%20.csv', { at: START - 5_000, versionId: 'v1', size: 0 });
    await handle([message(body, { sentAt: START - 4_321 })]);
    expect(await home.events()).toEqual([
      {
        bucket: 'landing',
        key: 'grüße 1+1=2%20.csv',
        size: 0,
        etag: 'b1946ac92492d2347c6235b4d2611184',
        versionId: 'v1',
        sequencer: '617f08299329d189',
        time: START - 5_000,
        arrival: START - 4_321,
      },
    ]);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '<notice>'],
    ['half of a notice', noticeBody('a.csv').slice(0, 200)],
    ['null', 'null'],
    ['a list', '[]'],
    ["S3's test event", S3_TEST_EVENT],
    ["a notification of S3's own", S3_NATIVE_NOTIFICATION],
    ['another event of S3', noticeBody('a.csv').replace('Object Created', 'Object Deleted')],
    ['a later major version', noticeBody('a.csv').replace('"1.2"', '"2.0"')],
    ['a key with half a surrogate pair', noticeBody('x').replace('"x"', '"\\ud83d.csv"')],
    ['a megabyte of nonsense', `"${'x'.repeat(1024 * 1024 - 2)}"`],
    ['lists in lists without end', '['.repeat(100_000)],
    ['no bucket', noticeBody('a.csv').replace('"bucket":{"name":"landing"', '"bucket":{"nom":"landing"')],
    ['a size that is none', noticeBody('a.csv', { size: -1 })],
    ['no key', noticeBody('')],
    ['a key that S3 does not know', noticeBody('x'.repeat(1_025))],
    ['a time that is none', noticeBody('a.csv').replace(/"time":"[^"]*"/, '"time":"yesterday"')],
  ])('lets a message with %s fail alone', async (_what, body) => {
    const { handle, home, counted } = openIngest();
    const [first, last] = notices(2);
    expect(await handle([first!, message(body, { id: 'poison' }), last!])).toEqual(['poison']);
    expect(await home.events()).toHaveLength(2);
    expect(counted.get('InvalidMessages')).toBe(1);
  });

  test('names a message once that fails twice in a batch', async () => {
    const { handle } = openIngest();
    expect(await handle([message('', { id: 'poison' }), message('', { id: 'poison' })])).toEqual(['poison']);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '#', 'a b', '😀', 'x'.repeat(1_000)])(
    'counts in a partition that is called %s',
    async (name) => {
      const { handle, home } = openIngest();
      const records = ['1', '2'].map((file) =>
        message(noticeBody(`partners/${name}/${file}`, { at: START })),
      );
      expect(await handle([...records, ...records])).toEqual([]);
      expect(await home.events(name)).toHaveLength(2);
    },
  );

  test('lets a message without its arrival fail alone', async () => {
    const { handle, home } = openIngest();
    const poison = message(noticeBody('a.csv'), { id: 'poison', sentAt: 'soon' });
    expect(await handle([poison, ...notices(1)])).toEqual(['poison']);
    expect(await home.events()).toHaveLength(1);
  });

  test('acknowledges what no route takes, and counts it', async () => {
    const { handle, home, counted } = openIngest();
    expect(await handle([message(noticeBody('nowhere/a.csv')), ...notices(1)])).toEqual([]);
    expect(await home.events()).toHaveLength(1);
    expect(counted.get('Unrouted')).toBe(1);
  });

  test('returns only messages whose events are not known to be in the log', async () => {
    const memory = memoryHome();
    const { log } = memory.ports;
    const refusing: Partial<Ports> = {
      log: {
        ...log,
        append: async (key, record) => {
          if (key.partition === 'broken') throw new Error('no permission');
          return log.append(key, record);
        },
      },
    };
    const { handle } = openIngest(memory, refusing);
    const records = ['partners/a/1', 'partners/broken/1', 'partners/b/1', 'partners/broken/2'].map((key) =>
      message(noticeBody(key, { at: START }), { id: key }),
    );
    expect(await handle(records)).toEqual(['partners/broken/1', 'partners/broken/2']);
    expect(await memory.events('a')).toHaveLength(1);
    expect(await memory.events('b')).toHaveLength(1);
    // Delivered again when it works, they are counted, and the others not again.
    const again = openIngest(memory);
    expect(await again.handle(records)).toEqual([]);
    for (const partner of ['a', 'b']) expect(await memory.events(partner)).toHaveLength(1);
    expect(await memory.events('broken')).toHaveLength(2);
  });

  test('succeeds when effects fail: what is committed is left to the commands queue', async () => {
    const memory = memoryHome({ count: 2 });
    const { handle, counted } = openIngest(memory, {
      executions: {
        ...memory.executions,
        start: async () => {
          throw new Error('throttled');
        },
      },
    });
    expect(await handle(notices(2))).toEqual([]);
    expect(memory.sent).toEqual([{ kind: 'ensure', route: 'sales', partition: '', from: 1, to: 1 }]);
    expect(counted.get('DeferredEffects')).toBe(1);
  });

  test('answers an empty batch with nothing failed', async () => {
    expect(await openIngest().handle([])).toEqual([]);
  });
});

function openIngest(home = memoryHome(), replaced: Partial<Ports> = {}) {
  const { logger, measures, counted, time } = quietHome();
  const service = home.process({ ...replaced, observe: measures.observe });
  const routes = { router: routerOf() } as never;
  return {
    home,
    counted,
    async handle(Records: SQSRecord[]) {
      const { batchItemFailures } = await ingest({ Records }, { service, routes, measures, logger, time });
      measures.publish();
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

/** As the memory home routes. */
function routerOf() {
  return {
    route: ({ key }: { key: string }) =>
      key.startsWith('nowhere/')
        ? null
        : { route: 'sales', partition: /^partners\/([^/]+)\//.exec(key)?.[1] ?? '' },
  };
}

function notices(count: number): SQSRecord[] {
  return Array.from({ length: count }, (_, index) =>
    message(noticeBody(`in/${index}.csv`, { at: START, sequencer: (index + 1).toString(16) })),
  );
}

function message(body: string, more: { id?: string; sentAt?: number | string } = {}): SQSRecord {
  return sqsRecord(body, { sentAt: START, ...more });
}
