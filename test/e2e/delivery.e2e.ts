import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { committed, type Fault, lay } from './faults.ts';
import { delivery, depth, empty, hurry, peek, send } from './queues.ts';
import { collected, ended, eventually, keys, keysGiven, oneExecutionEach } from './waiting.ts';
import { openWorld, output, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await hurry(world);
});
afterAll(() => world?.close());

describe('what the queue delivers more than once, or should not have', () => {
  test('a duplicate is not counted, neither beside its original nor after its batch', async () => {
    const ingest = output(world.outputs, 'IngestQueueUrl');
    await delivery(world, 'ingest', false);
    await world.putAll(keys('doubled/', 3));
    const notices = await peek(world, ingest, 3);
    for (const notice of notices) await send(world, ingest, notice);
    await delivery(world, 'ingest', true);
    await collected(world, 'doubled', 3);
    await world.putAll(keys('doubled/', 1, 3));
    const first = await ended(world, 'doubled', 1);
    expect(first).toMatchObject([{ reason: 'count', count: 4 }]);

    // Four of them would close a second window, were one counted.
    for (const notice of [...notices, ...notices]) await send(world, ingest, notice);
    await empty(world, ingest);
    await world.putAll(keys('doubled/', 1, 4));
    await collected(world, 'doubled', 1);
    await world.putAll(keys('doubled/', 3, 5));
    const batches = await ended(world, 'doubled', 2);
    await oneExecutionEach(world, 'doubled', batches);
    expect((await keysGiven(world, 'doubled')).sort()).toEqual(keys('doubled/', 8));
  });

  test('a message that is no notice ends in the dead-letter queue, and those delivered with it are counted', async () => {
    const [ingest, dead] = ['IngestQueueUrl', 'IngestDlqUrl'].map((name) => output(world.outputs, name));
    await delivery(world, 'ingest', false);
    await world.putAll(keys('counted/', 2));
    const poison = JSON.stringify({ version: '0', 'detail-type': 'Something Else', detail: {} });
    await send(world, ingest ?? '', poison);
    await send(world, ingest ?? '', 'not even JSON');
    await world.putAll(keys('counted/', 3, 2));
    await delivery(world, 'ingest', true);
    const batches = await ended(world, 'counted', 1);
    expect(batches).toMatchObject([{ status: 'succeeded', reason: 'count', count: 5 }]);
    expect((await peek(world, dead ?? '', 2)).sort()).toEqual(['not even JSON', poison].sort());
    await empty(world, ingest ?? '');
    expect(await depth(world, dead ?? '')).toBe(2);
  });
});

describe('a function that is killed in the middle of its work', () => {
  const places: (Fault & { place: string; route: string })[] = [
    { place: 'before its record is written', call: 'dynamodb.PutItem', when: 'before' },
    { place: 'told nothing of its record', call: 'dynamodb.PutItem', when: 'after' },
    { place: 'between the record and the execution', call: 'states.StartExecution', when: 'before' },
    { place: 'told nothing of its execution', call: 'states.StartExecution', when: 'after' },
  ].flatMap((fault) => {
    const match = (route: string) => (fault.call === 'dynamodb.PutItem' ? `LOG#${route}#` : `"${route}-`);
    return [
      { ...fault, function: 'ingest', route: 'killed', match: match('killed') },
      { ...fault, function: 'command', route: 'timed', match: match('timed') },
    ] as (Fault & { place: string; route: string })[];
  });
  const rounds = { killed: 0, timed: 0 };

  test.each(places)('$function, $place: every file is in one batch, every batch ran once', async (fault) => {
    const route = fault.route as keyof typeof rounds;
    const round = rounds[route];
    rounds[route] += 1;
    const put = keys(`${route}/${route === 'timed' ? 'killed/' : ''}`, 3, round * 3);
    if (fault.function === 'ingest') await delivery(world, 'ingest', false);
    await lay(world, fault);
    await world.putAll(put);
    if (fault.function === 'ingest') await delivery(world, 'ingest', true);
    await eventually(async () => expect(await committed(world, fault)).toBe(true));
    const batches = await ended(world, route, round + 1);
    expect(batches.at(-1)).toMatchObject({ status: 'succeeded', count: 3 });
    // What the killed function was at is delivered again, and must not start anything anew.
    for (const name of ['IngestQueueUrl', 'CommandsQueueUrl'])
      await empty(world, output(world.outputs, name));
    await oneExecutionEach(world, route, batches);
    const given = await keysGiven(world, route);
    expect(given.filter((key) => put.includes(key)).sort()).toEqual(put.toSorted());
    expect(new Set(given).size).toBe(given.length);
  });
});
