import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/core/batch-input.ts';
import { ObjectNotFoundError, type Objects } from '../../src/objects/objects.ts';
import { eventOf, type Home, openHome } from './home.ts';

let home: Home;
beforeAll(async () => {
  home = await openHome();
});
afterAll(() => home.close());

const GOOD = 'id,name\n1,a\n2,b\n';

describe('a batch through process-files', () => {
  it('turns many CSV files into one Parquet file with every row, and says nothing to anybody', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`all/${n}.csv`, `id,v\n${n},${n / 2}\n`]),
    );
    const ended = await home.run(await home.put(files));
    expect(ended.status).toBe('succeeded');
    expect(ended.result).toMatchObject({ files: 30, processed: 30, failed: 0, rows: 30, outputCount: 1 });
    const rows = await home.rows(ended.name);
    expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(ended.notifications).toEqual([]);
    expect(taskCalls(ended)).toEqual({ 'Check File Extensions': 1, 'Process CSV': 1, 'Collect Results': 1 });
  });

  it('processes the good files though others have a wrong extension, and names those once', async () => {
    const ended = await home.run(
      await home.put({ 'a.csv': GOOD, 'B.CSV': GOOD, 'notes.txt': 'x', noextension: 'x', 'c.csv.gz': 'x' }),
    );
    expect(ended).toMatchObject({ status: 'failed', error: 'InvalidFormatException' });
    expect(await home.rows(ended.name)).toHaveLength(4);
    expect(ended.notifications).toHaveLength(1);
    expect(ended.notifications[0]).toMatchObject({ subject: 'Spillway: 3 of 5 files failed (sales)' });
    for (const key of ['notes.txt', 'noextension', 'c.csv.gz']) {
      expect(ended.notifications[0]?.message).toContain(`s3://landing/${key}: InvalidFormatException`);
    }
    expect(ended.cause).toContain('3 of 5 files failed');
    expect(taskCalls(ended)).toEqual({
      'Check File Extensions': 1,
      'Process CSV': 1,
      'Collect Results': 1,
      'Notify Failures': 1,
    });
  });

  it('fails a batch of nothing but wrong extensions without calling Process CSV', async () => {
    const ended = await home.run(await home.put({ 'x.txt': 'x', 'y.json': '{}' }));
    expect(ended).toMatchObject({ status: 'failed', error: 'InvalidFormatException' });
    expect(taskCalls(ended)).not.toHaveProperty('Process CSV');
    expect(ended.trace.map(({ state }) => state)).toContain('Pass - Invalid File Ext');
  });

  it('calls the failure by the error that all files share, and FilesFailed where they differ', async () => {
    const demand = { parameters: { failOnDemand: { 'hard.csv': 'hard' } } };
    const same = await home.run(await home.put({ 'hard.csv': GOOD, 'ok.csv': GOOD }), demand);
    expect(same).toMatchObject({ status: 'failed', error: 'HardError' });
    expect(await home.rows(same.name)).toHaveLength(2);
    const mixed = await home.run(await home.put({ 'hard.csv': GOOD, 'x.txt': '' }), demand);
    expect(mixed).toMatchObject({ status: 'failed', error: 'FilesFailed' });
    expect(mixed.notifications).toHaveLength(1);
  });

  it('retries a file that fails twice on demand and then succeeds, and the trace shows it', async () => {
    const ended = await home.run(await home.put({ 'late.csv': GOOD, 'ok.csv': GOOD }), {
      parameters: { failOnDemand: { 'late.csv': 2 } },
    });
    expect(ended.status).toBe('succeeded');
    expect(await home.rows(ended.name)).toHaveLength(4);
    const story = ended.trace.filter(({ kind }) => kind === 'failed' || kind === 'retried');
    expect(story.map(({ kind, attempt, state, path }) => [kind, attempt, state, path])).toEqual([
      ['failed', 1, 'Process CSV', 'Process Files[0]'],
      ['retried', 2, 'Process CSV', 'Process Files[0]'],
      ['failed', 2, 'Process CSV', 'Process Files[0]'],
      ['retried', 3, 'Process CSV', 'Process Files[0]'],
    ]);
    expect(story[0]).toMatchObject({ error: 'RetryableError' });
  });

  it('keeps the neighbours of a file whose retries are used up, and names that file alone', async () => {
    const ended = await home.run(await home.put({ 'never.csv': GOOD, 'ok.csv': GOOD }), {
      parameters: { failOnDemand: { 'never.csv': 99 } },
    });
    expect(ended).toMatchObject({ status: 'failed', error: 'RetryableError' });
    expect(await home.rows(ended.name)).toHaveLength(2);
    expect(ended.trace.filter(({ kind }) => kind === 'failed')).toHaveLength(4);
    expect(ended.notifications[0]?.message).toContain('s3://landing/never.csv: RetryableError');
    expect(ended.notifications[0]?.message).not.toContain('ok.csv:');
    expect(ended.notifications[0]?.message).toContain('1 processed (2 rows)');
  });

  it('divides ten by 0, 1 or 2 where failures are asked for at random, alike for the same batch', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`dice-${n}.csv`, GOOD]));
    const policy = { parameters: { failOnDemand: { '*': 'random' }, filesPerUnit: 1 } };
    const outcomes = [];
    for (let round = 0; round < 2; round += 1) {
      const other = await openHome();
      const ended = await other.run(await other.put(files), policy, 'sales-dice');
      const failed = ended.trace.filter(({ kind }) => kind === 'failed').map(({ path }) => path);
      outcomes.push({ status: ended.status, failed: failed.toSorted() });
      await other.close();
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(outcomes[0]?.failed.length).toBeGreaterThan(0);
  });

  it('names a missing object and processes the others', async () => {
    const events = [...(await home.put({ 'here.csv': GOOD })), eventOf('gone.csv')];
    const ended = await home.run(events);
    expect(ended).toMatchObject({ status: 'failed', error: 'ObjectNotFoundError' });
    expect(ended.notifications[0]?.message).toContain('s3://landing/gone.csv: ObjectNotFoundError');
    expect(await home.rows(ended.name)).toHaveLength(2);
    expect(ended.trace.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });

  it('processes a key that was written twice once, and lists the older write as superseded', async () => {
    const [event] = await home.put({ 'twice.csv': GOOD });
    const writes = [
      { ...event!, sequencer: '0B' },
      { ...event!, sequencer: '00C' },
      { ...event!, sequencer: '0A' },
    ];
    const ended = await home.run(writes);
    expect(ended.result).toMatchObject({ files: 3, processed: 1, superseded: 2, failed: 0, rows: 2 });
    expect(await home.rows(ended.name)).toHaveLength(2);
  });

  it('replaces its outputs when the same batch runs again, and leaves nothing stale', async () => {
    const first = await home.run(await home.put({ 'r1.csv': GOOD, 'r2.csv': 'other,header\n1,2\n' }));
    const keys = await home.keys(`sales/${first.name}/`);
    expect(keys).toHaveLength(2);
    await home.objects.write({ bucket: 'landing', key: 'r2.csv' }, 'id,name\n3,c\n');
    const step = home.pipelines.get('process-files')?.tasks.get('Process CSV');
    const entered = first.trace.find(({ kind, state }) => kind === 'entered' && state === 'Process CSV');
    const { runStep } = await import('../../src/executions/step.ts');
    if (step?.kind !== 'step') throw new Error('Process CSV has no step');
    await runStep(step.step, JSON.parse(entered?.input ?? ''), {
      objects: home.objects,
      clock: { now: Date.now },
    });
    expect(await home.keys(`sales/${first.name}/`)).toHaveLength(1);
    expect(await home.rows(first.name)).toHaveLength(3);
  });

  it('writes one Parquet file per header, whatever the order of the files', async () => {
    const ended = await home.run(
      await home.put({
        'h1.csv': 'a,b\n1,2\n',
        'h2.csv': 'b,a\n1,2\n',
        'h3.csv': 'a,b\n3,4\n',
        'h4.csv': 'a;b\n5;6\n',
      }),
    );
    expect(ended.result).toMatchObject({ failed: 0, rows: 4, outputCount: 3 });
  });

  it('fails with one clear error when the route has no output', async () => {
    const events = await home.put({ 'a.csv': GOOD });
    const ended = await home.run(events, { output: null });
    expect(ended).toMatchObject({ status: 'failed', error: 'OutputMissingError' });
    expect(ended.notifications).toHaveLength(1);
    expect(ended.notifications[0]?.message).toContain('s3://landing/a.csv');
  });
});

describe('a batch that cannot even be looked at', () => {
  it('for wrong parameters says which', async () => {
    const ended = await home.run(await home.put({ 'a.csv': GOOD }), {
      parameters: { failOnDemand: { 'a.csv': -1 }, filesPerUnit: 'many' },
    });
    expect(ended).toMatchObject({ status: 'failed', error: 'ParametersError' });
    expect(ended.notifications[0]?.message).toMatch(/failOnDemand.*|filesPerUnit.*/);
    expect(ended.notifications[0]?.message).toContain('1 of 1 files failed');
  });

  it('for want of its manifest fails all of it, once and without retries', async () => {
    const lost = await openHome({
      objects: (objects): Objects => ({
        ...objects,
        read: (at) =>
          at.key.endsWith('events.jsonl') ? Promise.reject(new ObjectNotFoundError(at)) : objects.read(at),
      }),
    });
    const ended = await lost.run(
      Array.from({ length: 2_000 }, (_, n) => eventOf(`${'x'.repeat(100)}${n}.csv`)),
    );
    expect(ended).toMatchObject({ status: 'failed', error: 'ObjectNotFoundError' });
    expect(ended.notifications).toHaveLength(1);
    expect(ended.notifications[0]?.message).toContain('2000 of 2000 files failed');
    expect(taskCalls(ended)).toMatchObject({ 'Check File Extensions': 1 });
    await lost.close();
  });

  it('for an input of another shape ends like any other failure', async () => {
    const pipeline = { name: 'process-files', stateMachineArn: '' };
    await home.executions.start({ name: 'odd', pipeline, input: '{"schemaVersion":1,"batch":{}}' });
    await expect
      .poll(async () => (await home.executions.describe({ name: 'odd', pipeline }))?.status)
      .toBe('failed');
    expect(await home.executions.describe({ name: 'odd', pipeline })).toMatchObject({
      error: 'BatchInputError',
    });
    expect(await home.executions.notifications('odd')).toHaveLength(1);
  });
});

describe('a file that was written anew since its event', () => {
  it('is processed as it is now, however large it has become', async () => {
    await home.put({ 'grown.csv': GOOD + '3,c\n'.repeat(300_000), 'same.csv': GOOD });
    const ended = await home.run([eventOf('grown.csv', { size: 10 }), eventOf('same.csv', { size: 10 })]);
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(ended.result).toMatchObject({ files: 2, rows: 300_004 });
  });
});

describe('a store that fails', () => {
  it('is retried, and only the unlucky file is named when it goes on failing', async () => {
    const broken = await openHome({
      objects: (objects): Objects => ({
        ...objects,
        read: (at, bytesMax) =>
          at.key === 'unlucky.csv' ? Promise.reject(new Error('SlowDown')) : objects.read(at, bytesMax),
      }),
    });
    const ended = await broken.run(await broken.put({ 'unlucky.csv': GOOD, 'ok.csv': GOOD }));
    expect(ended).toMatchObject({ status: 'failed', error: 'RetryableError' });
    expect(ended.notifications[0]?.message).toContain('Could not read s3://landing/unlucky.csv: SlowDown');
    expect(await broken.rows(ended.name)).toHaveLength(2);
    await broken.close();
  });

  it('that cannot be written to fails the unit, naming each of its files', async () => {
    const broken = await openHome({
      objects: (objects): Objects => ({
        ...objects,
        fromFile: () => Promise.reject(new Error('disk full')),
      }),
    });
    const ended = await broken.run(await broken.put({ 'a.csv': GOOD, 'b.csv': GOOD }));
    expect(ended).toMatchObject({ status: 'failed', error: 'RetryableError' });
    for (const key of ['a.csv', 'b.csv'])
      expect(ended.notifications[0]?.message).toContain(`s3://landing/${key}`);
    await broken.close();
  });

  it('at the very end still tells people once, and the batch ends with that error', async () => {
    const broken = await openHome({
      objects: (objects): Objects => ({
        ...objects,
        write: (at, content) =>
          at.key.endsWith('report.json') ? Promise.reject(new Error('gone')) : objects.write(at, content),
      }),
    });
    const ended = await broken.run(await broken.put({ 'a.txt': '' }));
    expect(ended).toMatchObject({ status: 'failed', error: 'RetryableError' });
    expect(ended.cause).toContain('Collect Results failed with RetryableError');
    expect(ended.notifications).toHaveLength(1);
    await broken.close();
  });

  it('ends the batch with its own error when nobody can be told', async () => {
    const deaf = await openHome({ publish: () => Promise.reject(new Error('no such topic')) });
    const ended = await deaf.run(await deaf.put({ 'a.txt': '' }));
    expect(ended).toMatchObject({ status: 'failed', error: 'InvalidFormatException' });
    expect(ended.trace.some(({ kind, state }) => kind === 'caught' && state === 'Notify Failures')).toBe(
      true,
    );
    await deaf.close();
  });
});

describe('big batches', () => {
  const big = async (count: number, key: (n: number) => string, parameters?: Record<string, unknown>) => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n}.csv`, GOOD]));
    await home.put(files);
    // 10,000 real files would only test the disk: the store answers for any key with one of twenty.
    const events = Array.from({ length: count }, (_, n) => eventOf(key(n)));
    const many = await openHome({
      objects: (objects): Objects => ({
        ...objects,
        read: (at, bytesMax) =>
          at.bucket === 'landing'
            ? home.objects.read({ ...at, key: `${at.key.length % 20}.csv` }, bytesMax)
            : objects.read(at, bytesMax),
      }),
    });
    const ended = await many.run(events, parameters ? { parameters } : {});
    const sizes = ended.trace.flatMap(({ input, output }) => [input?.length ?? 0, output?.length ?? 0]);
    const notes: string[] = [];
    for await (const { key: noteKey } of many.objects.list('notes', '')) notes.push(noteKey);
    return { ended, many, notes, sizes };
  };
  const long = (n: number) => `partners/${'long-folder-name/'.repeat(6)}${String(n).padStart(6, '0')}.csv`;

  it('of 1,000 files go by manifest and come out whole', async () => {
    const { ended, many, notes } = await big(1_000, long);
    expect(ended.result).toMatchObject({ files: 1_000, processed: 1_000, failed: 0, rows: 2_000 });
    expect(notes).toEqual([`batches/sales/${ended.name}/events.jsonl`]);
    const content = await many.objects.read({ bucket: 'notes', key: notes[0]! });
    expect(parseManifest(Buffer.from(content).toString(), 'test')).toHaveLength(1_000);
    await many.close();
  });

  it('of 10,000 files stay within 256 KiB at every state, in units of at most 1,000', async () => {
    const { ended, many } = await big(10_000, long);
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(ended.result).toMatchObject({ processed: 10_000, rows: 20_000, outputCount: 10 });
    await many.close();
  }, 120_000);

  it('of 10,000 wrong extensions still end in one notification that names 50 and points to all', async () => {
    const { ended, many } = await big(10_000, (n) => `${long(n)}.txt`);
    expect(ended).toMatchObject({ status: 'failed', error: 'InvalidFormatException' });
    const { message } = ended.notifications[0]!;
    expect(message.match(/InvalidFormatException/g)).toHaveLength(50);
    expect(message).toContain('and 9950 more.');
    const report = `sales/_spillway/${ended.name}/report.json`;
    expect(message).toContain(`s3://curated/${report}`);
    const whole = JSON.parse(
      Buffer.from(await many.objects.read({ bucket: 'curated', key: report })).toString(),
    );
    expect(whole.failures).toHaveLength(10_000);
    await many.close();
  }, 60_000);

  it('whose units all fail name every file within the limits', async () => {
    const { ended, many } = await big(2_000, long, { failOnDemand: { '*': 'hard' }, filesPerUnit: 10 });
    expect(ended).toMatchObject({ status: 'failed', error: 'HardError' });
    expect(ended.notifications[0]?.message).toContain('2000 of 2000 files failed');
    expect(ended.trace.filter(({ kind }) => kind === 'item-started')).toHaveLength(40);
    const report = `sales/_spillway/${ended.name}/report.json`;
    const whole = JSON.parse(
      Buffer.from(await many.objects.read({ bucket: 'curated', key: report })).toString(),
    );
    expect(whole.failures).toHaveLength(2_000);
    await many.close();
  }, 60_000);
});

function taskCalls({ trace }: { trace: { kind: string; type: string; state: string }[] }) {
  const calls: Record<string, number> = {};
  for (const { kind, type, state } of trace) {
    if (type !== 'Task' || (kind !== 'entered' && kind !== 'retried')) continue;
    calls[state] = (calls[state] ?? 0) + 1;
  }
  return calls;
}
