import { describe, expect, test } from 'vitest';
import { files, HOUR, memoryHome, policy, START } from './memory-home.ts';

const flushRequest = { reason: 'manual', who: 'ada', scope: {}, minEvents: 1 } as const;

describe('after a commit', () => {
  test('a closed batch runs once, under its id, with exactly its events as input', async () => {
    const home = memoryHome({ count: 3 });
    await home.process().append(files(7));
    const batches = await home.batches();
    expect(home.executions.calls.map(({ name }) => name)).toEqual(batches.map(({ id }) => id));
    const inputs = home.executions.calls.map(({ input }) => JSON.parse(input));
    expect(inputs.map(({ events }) => events.map(({ key }: { key: string }) => key))).toEqual([
      ['in/0.csv', 'in/1.csv', 'in/2.csv'],
      ['in/3.csv', 'in/4.csv', 'in/5.csv'],
    ]);
    expect(home.announced.map(({ type }) => type).sort()).toEqual([
      'Batch Closed',
      'Batch Closed',
      'Execution Started',
      'Execution Started',
    ]);
  });

  test('the open window’s deadline is armed once, however many events follow', async () => {
    const home = memoryHome();
    const service = home.process();
    for (let round = 0; round < 5; round += 1) await service.append(files(3, START, round * 10));
    expect(home.armed).toMatchObject([{ windowSeq: 1, at: START + HOUR }]);
  });

  test('a window that is overdue when it opens gets five seconds to fill', async () => {
    const home = memoryHome();
    home.time.now = START + 3 * HOUR;
    await home.process().append(files(1, START));
    expect(home.armed).toMatchObject([{ at: home.time.now + 5000 }]);
  });

  test('a batch too large for a state travels as a manifest', async () => {
    const home = memoryHome({ count: 5000 });
    await home.process().append(files(5000));
    const [call] = home.executions.calls;
    const { manifest } = JSON.parse(call?.input ?? '{}');
    expect(manifest.count).toBe(5000);
    const lines = home.written.get(`${manifest.bucket}/${manifest.key}`)?.trimEnd().split('\n');
    expect(lines).toHaveLength(5000);
  });
});

describe('a crash between commit and effects', () => {
  /** A process that commits and then loses everything else it tries. */
  function dying(home: ReturnType<typeof memoryHome>) {
    const dead = () => new Promise<never>(() => {});
    return home.process({ timers: { arm: dead }, executions: { ...home.executions, start: dead } });
  }

  test('is repaired by the redelivery: the batch starts, the timer is armed', async () => {
    const home = memoryHome({ count: 3 });
    void dying(home).append(files(4));
    await expect.poll(() => home.events()).toHaveLength(4);
    expect(home.executions.calls).toEqual([]);
    expect(home.armed).toEqual([]);

    await home.process().append(files(4));
    expect(home.executions.calls).toHaveLength(1);
    expect(home.armed).toMatchObject([{ windowSeq: 2 }]);
  });

  test('is repaired by the deadline of a window that somebody closed and did not start', async () => {
    const home = memoryHome({ count: 3 });
    await home.process().append(files(2));
    void dying(home).append(files(1, START, 2));
    await expect.poll(() => home.batches()).toHaveLength(1);
    home.time.now = START + HOUR;
    await home.process().handle({ kind: 'deadline', ...home.armed[0]! });
    expect(home.executions.calls).toHaveLength(1);
  });

  test('is repaired by reconcile, after a grace for whoever is still at it', async () => {
    const home = memoryHome({ count: 3 });
    void dying(home).append(files(3));
    await expect.poll(() => home.batches()).toHaveLength(1);
    const service = home.process();
    expect(await service.reconcile()).toMatchObject({ started: 0 });
    home.time.now += 60_000;
    expect(await service.reconcile()).toMatchObject({ started: 1, settled: 1 });
    expect(await service.reconcile()).toMatchObject({ started: 0, settled: 0 });
    expect(home.executions.calls).toHaveLength(1);
  });
});

describe('effects that fail', () => {
  test('become a command, and the events are acknowledged; the command does them', async () => {
    const home = memoryHome({ count: 3 });
    const broken = { ...home.executions, start: () => Promise.reject(new Error('throttled')) };
    const outcomes = await home.process({ executions: broken }).append(files(3));
    expect(outcomes.every(({ kind }) => kind === 'committed')).toBe(true);
    expect(home.sent).toMatchObject([{ kind: 'ensure', from: 1, to: 1 }]);
    await home.process().handle(home.sent[0]!);
    expect(home.executions.calls).toHaveLength(1);
  });

  test('and cannot be deferred either: the append rejects, and the source delivers again', async () => {
    const home = memoryHome({ count: 3 });
    const broken = { ...home.executions, start: () => Promise.reject(new Error('throttled')) };
    const full = { send: () => Promise.reject(new Error('queue gone')) };
    await expect(home.process({ executions: broken, commands: full }).append(files(3))).rejects.toThrow(
      'queue gone',
    );
  });
});

describe('a deadline', () => {
  test('that comes early is armed again; in time it closes; late it does nothing more', async () => {
    const home = memoryHome();
    const service = home.process();
    await service.append(files(2));
    const [deadline] = home.armed;
    home.time.now = START + HOUR - 1;
    await service.handle({ kind: 'deadline', ...deadline! });
    expect(home.armed).toHaveLength(2);
    expect(await home.batches()).toEqual([]);
    home.time.now = START + HOUR;
    await service.handle({ kind: 'deadline', ...home.armed[1]! });
    await service.handle({ kind: 'deadline', ...deadline! });
    expect(await home.batches()).toMatchObject([{ reason: 'time', count: 2, closedAt: START + HOUR }]);
    expect(home.executions.calls).toHaveLength(1);
  });

  test('reaches a process whose memory of the log is behind', async () => {
    const home = memoryHome({ count: 2 });
    const behind = home.process();
    await behind.append(files(1));
    await home.process().append(files(2, START, 1));
    home.time.now = START + HOUR;
    await behind.handle({ kind: 'deadline', ...home.armed[1]! });
    expect(await home.batches()).toMatchObject([
      { seq: 1, reason: 'count' },
      { seq: 2, reason: 'time' },
    ]);
  });

  test('of another epoch closes nothing', async () => {
    const home = memoryHome();
    const service = home.process();
    await service.append(files(1));
    home.time.now = START + HOUR;
    await service.handle({ kind: 'deadline', ...home.armed[0]!, epoch: '0older' });
    expect(await home.batches()).toEqual([]);
  });
});

describe('a flush', () => {
  test('closes every window in scope, and its retry prints the same batches and closes nothing more', async () => {
    const home = memoryHome();
    const service = home.process();
    await service.append([...files(2), ...files(3, START, 50, 'partners/acme/')]);
    const first = await service.flush({ id: 'f1', ...flushRequest });
    expect(first.partitions.map(({ outcome, count }) => [outcome, count])).toEqual([
      ['closed', 2],
      ['closed', 3],
    ]);
    await service.append(files(1, START, 90));
    const again = await home.process().flush({ id: 'f1', ...flushRequest, who: 'somebody else' });
    expect(again.partitions).toEqual(first.partitions);
    expect(again.flush.who).toBe('ada');
    expect(await home.openWindow()).toMatchObject({ count: 1 });
  });

  test('of an empty window, or one below the minimum, closes nothing and is no error', async () => {
    const home = memoryHome({ count: 2 });
    const service = home.process();
    await service.append([...files(2), ...files(1, START, 50, 'partners/acme/')]);
    const { partitions } = await service.flush({ id: 'f1', ...flushRequest, minEvents: 2 });
    expect(partitions).toMatchObject([
      { partition: '', outcome: 'empty', count: 0 },
      { partition: 'acme', outcome: 'below-minimum', count: 1 },
    ]);
  });

  test('sees events that another process committed a moment ago', async () => {
    const home = memoryHome();
    const service = home.process();
    await service.append(files(1));
    await home.process().append(files(1, START, 1));
    const { partitions } = await service.flush({ id: 'f1', ...flushRequest });
    expect(partitions).toMatchObject([{ outcome: 'closed', count: 2 }]);
  });

  test('two at once close one window once; the second is told so', async () => {
    const home = memoryHome();
    await home.process().append(files(4));
    const [one, two] = await Promise.all([
      home.process().flush({ id: 'f1', ...flushRequest }),
      home.process().flush({ id: 'f2', ...flushRequest }),
    ]);
    const outcomes = [...one.partitions, ...two.partitions].map(({ outcome }) => outcome);
    expect(outcomes).toContain('closed');
    expect(outcomes.filter((outcome) => outcome === 'closed')).toHaveLength(1);
    expect(await home.batches()).toHaveLength(1);
  });

  test('over many partitions goes on through the commands queue', async () => {
    const home = memoryHome();
    const service = home.process({}, { flushInlineMax: 2 });
    const partners = ['a', 'b', 'c'].flatMap((name, index) => files(1, START, index, `partners/${name}/`));
    await service.append(partners);
    const { partitions } = await service.flush({ id: 'f1', ...flushRequest });
    expect(partitions.map(({ outcome }) => outcome)).toEqual(['queued', 'queued', 'queued']);
    for (const command of home.sent) await service.handle(command);
    expect(home.executions.calls).toHaveLength(3);
  });

  test('previewed writes nothing', async () => {
    const home = memoryHome();
    const service = home.process();
    await service.append(files(2));
    const preview = await service.previewFlush({}, 3);
    expect(preview).toMatchObject([{ count: 2, wouldClose: false, deadline: START + HOUR }]);
    expect(await home.batches()).toEqual([]);
  });
});

describe('an execution’s end', () => {
  test('reaches its batch once, whatever comes late or twice', async () => {
    const home = memoryHome({ count: 1 });
    const service = home.process();
    await service.append(files(1));
    const [batch] = await home.batches();
    const report = await home.executions.end(batch!.id, { status: 'failed', error: 'FilesFailed' });
    await service.executionReported(report);
    await service.executionReported({ ...report, status: 'running' });
    await service.executionReported(report);
    const item = await home.ports.projections.batch({
      route: 'sales',
      closedAt: batch!.closedAt,
      id: batch!.id,
    });
    expect(item).toMatchObject({ status: 'failed', error: 'FilesFailed' });
    expect(home.announced.filter(({ type }) => type === 'Execution Failed')).toHaveLength(1);
  });

  test('that was never reported is asked for by reconcile', async () => {
    const home = memoryHome({ count: 1 });
    const service = home.process();
    await service.append(files(1));
    const [batch] = await home.batches();
    await home.executions.end(batch!.id, { status: 'succeeded' });
    home.time.now += 120_000;
    expect(await service.reconcile()).toMatchObject({ statuses: 1 });
  });

  test('that comes before the batch’s item is written finds the batch in the log', async () => {
    const home = memoryHome({ count: 1 });
    const blind = { ...home.ports.projections, batchStarted: () => new Promise<never>(() => {}) };
    void home.process({ projections: blind }).append(files(1));
    await expect.poll(() => home.executions.calls).toHaveLength(1);
    const { name } = home.executions.calls[0]!;
    await home.process().executionReported(await home.executions.end(name, { status: 'succeeded' }));
    const [batch] = await home.batches();
    const item = await home.ports.projections.batch({ route: 'sales', closedAt: batch!.closedAt, id: name });
    expect(item?.status).toBe('succeeded');
  });
});

describe('a policy change', () => {
  test('touches the next window and never the open one', async () => {
    const home = memoryHome({ count: 3 });
    const service = home.process();
    await service.append(files(2));
    home.routes.policy = policy({ count: 5 });
    await service.append(files(6, START, 10));
    expect((await home.batches()).map(({ count }) => count)).toEqual([3, 5]);
  });
});

test('a home that starts arms every open window and restarts what was running', async () => {
  const home = memoryHome({ count: 3 });
  await home.process().append(files(4));
  home.armed.length = 0;
  const gone = { ...home.executions, describe: async () => null };
  const report = await home.process({ executions: gone }).reconcile({ atStart: true });
  expect(report).toMatchObject({ rearmed: 1, started: 1 });
  expect(home.armed).toMatchObject([{ windowSeq: 2, at: START + HOUR }]);
  expect(home.executions.calls.map(({ already }) => already)).toEqual([false, true]);
});
