import { describe, expect, test } from 'vitest';
import type { Projections } from '../../src/projections/projections.ts';
import { LISTED_MAX } from '../../src/service/route-batches.ts';
import { counting, DAY, homeOfOnes, MINUTE } from './home-of-ones.ts';
import { files, HOUR } from './memory-home.ts';

const nobodyKnows = async () => null;
const broken = async () => {
  throw new Error('its pipeline is gone');
};

/** Batches whose pipeline was away for longer than an unstarted batch keeps younger ones from being passed. */
async function withoutPipelineFor(days: number, batches = 1) {
  const home = homeOfOnes();
  const failing = home.process({ executions: { ...home.executions, start: broken } });
  for (let from = 0; from < batches; from += 1) await failing.append(files(1, home.time.now, 9_000 + from));
  const late = (await home.batches()).map(({ id }) => id);
  for (let day = 0; day < days; day += 1) {
    await home.ended(await home.batchesNow(30, 'partners/other/'));
    await home.reconciled(HOUR, () => failing.reconcile().catch(() => null));
    home.time.now += DAY - HOUR;
  }
  return { ...home, late };
}

describe('a batch that starts days after it closed', () => {
  test('is asked after until it has ended', async () => {
    const home = await withoutPipelineFor(4, 3);
    await home.reconciled(5 * MINUTE);
    for (const id of home.late) expect(await home.statusOf(id)).toBe('running');
    await home.reconciled(HOUR);
    for (const id of home.late) await home.executions.end(id, { status: 'failed', error: 'E' });
    await home.reconciled(5 * MINUTE);
    for (const id of home.late) expect(await home.statusOf(id)).toBe('failed');
    await home.reconciled(5 * MINUTE);
    expect((await home.ports.projections.unended('sales'))?.batches).toEqual([]);
  });

  test('begins again at the next start, wherever the process that started it was killed', async () => {
    const home = await withoutPipelineFor(4, 3);
    const gone = { ...home.executions, describe: nobodyKnows };
    const { projections } = home.ports;
    const killed: Projections = {
      ...projections,
      settle: () => Promise.reject(new Error('killed')),
      keepUnended: () => Promise.reject(new Error('killed')),
    };
    await home
      .process({ projections: killed })
      .reconcile({ atStart: true })
      .catch(() => null);
    expect(await home.statusOf(home.late[0])).toBe('running');
    for (const write of ['keepUnended', 'settle']) {
      const from = home.executions.calls.length;
      await home.process({ executions: gone }).reconcile({ atStart: true });
      const again = home.executions.calls.slice(from).map(({ name }) => name);
      expect(
        again.filter((name) => home.late.includes(name)),
        `killed at ${write}`,
      ).toHaveLength(3);
    }
  });

  test('is known to the next run where the one that started it came to no end', async () => {
    const home = await withoutPipelineFor(4);
    const { projections } = home.ports;
    const stopped: Projections = {
      ...projections,
      async settle(key, epoch, to) {
        await projections.settle(key, epoch, to);
        stopping.abort();
      },
    };
    const stopping = new AbortController();
    const run = home.process({ projections: stopped }).reconcile({ stopping: stopping.signal });
    await expect(run).rejects.toThrow('ran out of time');
    await home.executions.end(home.late[0]!, { status: 'succeeded' });
    await home.reconciled(10 * MINUTE);
    expect(await home.statusOf(home.late[0])).toBe('succeeded');
  });
});

describe('at a start', () => {
  test.each([3, 20, 400])(
    'executions begin again that ran when the home stopped %i days ago',
    async (days) => {
      const home = homeOfOnes();
      await home.ended(await home.batchesNow(30));
      await home.reconciled(HOUR);
      const names = await home.batchesNow(3);
      home.time.now += days * DAY;
      const gone = { ...home.executions, describe: nobodyKnows };
      const report = await home.process({ executions: gone }).reconcile({ atStart: true });
      expect(report).toMatchObject({ started: names.length });
    },
  );

  test('they do so again at the next, however many they are', async () => {
    const home = homeOfOnes();
    const names = await home.batchesNow(LISTED_MAX + 50);
    await home.reconciled(MINUTE);
    home.time.now += 3 * DAY;
    const gone = { ...home.executions, describe: nobodyKnows };
    for (let start = 1; start <= 3; start += 1) {
      const report = await home.process({ executions: gone }).reconcile({ atStart: true });
      expect(report, `start ${start}`).toMatchObject({ started: names.length });
    }
  });
});

describe('reconcile does not lose sight', () => {
  test('of more executions than it lists, though they run for days', async () => {
    const home = homeOfOnes();
    const names = await home.batchesNow(LISTED_MAX + 50);
    await home.reconciled(HOUR);
    home.time.now += 5 * DAY;
    await home.reconciled(HOUR);
    for (const name of names) await home.executions.end(name, { status: 'succeeded' });
    const [report] = await home.reconciled(5 * MINUTE);
    expect(report).toMatchObject({ statuses: names.length });
    await home.ended(await home.batchesNow(30));
    await home.reconciled(HOUR);
    const { read, projections } = counting(home.ports.projections);
    await home.process({ projections }).reconcile();
    expect(read.items).toBeLessThan(31);
  });

  test('of more executions than it lists, though they run for weeks and end one after the other', async () => {
    const home = homeOfOnes();
    const names = await home.batchesNow(LISTED_MAX + 100);
    for (let day = 0; day < 20; day += 1) {
      home.time.now += DAY;
      await home.ended(await home.batchesNow(30));
      await home.reconciled(5 * MINUTE);
    }
    for (const part of [names.slice(0, 150), names.slice(150)]) {
      for (const name of part) await home.executions.end(name, { status: 'succeeded' });
      const [first, second] = await home.reconciled(10 * MINUTE);
      expect(first).toMatchObject({ statuses: part.length });
      expect(second).toMatchObject({ statuses: 0 });
    }
    await home.ended(await home.batchesNow(30));
    await home.reconciled(HOUR);
    const { read, projections } = counting(home.ports.projections);
    await home.process({ projections }).reconcile();
    expect(read.items).toBeLessThan(31);
  });

  test('of a batch that is redriven the moment its end is seen', async () => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    await home.reconciled(HOUR);
    await home.executions.end(name!, { status: 'failed', error: 'E' });
    const { projections } = home.ports;
    const redriving: Projections = {
      ...projections,
      async batchStatus(ref, change) {
        await projections.batchStatus(ref, change);
        await home.service.executionReported(await home.executions.redrive(name!));
      },
    };
    home.time.now += 5 * MINUTE;
    await home.process({ projections: redriving }).reconcile();
    expect(await home.statusOf(name)).toBe('running');
    await home.reconciled(HOUR);
    await home.executions.end(name!, { status: 'succeeded' });
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('succeeded');
  });

  test('of a batch that is redriven while a run reads the batches', async () => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    await home.reconciled(HOUR);
    await home.ended([name!]);
    const { projections } = home.ports;
    const noting = Promise.withResolvers<void>();
    const redriven = Promise.withResolvers<void>();
    const late: Projections = {
      ...projections,
      async keepUnended(route, unended) {
        noting.resolve();
        await redriven.promise;
        return projections.keepUnended(route, unended);
      },
    };
    let run: Promise<unknown> = Promise.resolve();
    const reading: Projections = {
      ...projections,
      async batchStatus(ref, change) {
        run = home.process({ projections: late }).reconcile();
        await Promise.race([noting.promise, run]);
        await projections.batchStatus(ref, change);
      },
    };
    const report = await home.executions.redrive(name!);
    await home.process({ projections: reading }).executionReported(report);
    redriven.resolve();
    await run;
    await home.reconciled(HOUR);
    await home.executions.end(name!, { status: 'succeeded' });
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('succeeded');
  });

  test('of a batch that is redriven, where whoever took the report was killed half way', async () => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    await home.ended([name!]);
    await home.ended(await home.batchesNow(30));
    await home.reconciled(HOUR);
    const { projections } = home.ports;
    const killed = { ...projections, keepUnended: () => Promise.reject(new Error('killed')) };
    const report = await home.executions.redrive(name!);
    await expect(home.process({ projections: killed }).executionReported(report)).rejects.toThrow('killed');
    await home.service.executionReported(report);
    await home.reconciled(HOUR);
    await home.executions.end(name!, { status: 'succeeded' });
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('succeeded');
  });

  test('of a batch that is redriven before anybody noted how far was looked', async () => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    await home.ended([name!]);
    home.time.now += 5 * DAY;
    await home.service.executionReported(await home.executions.redrive(name!));
    await home.reconciled(HOUR);
    await home.executions.end(name!, { status: 'succeeded' });
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('succeeded');
  });
});

test('batches that cannot be started, and take all the time there is, keep no more than two days from being passed', async () => {
  const home = homeOfOnes();
  const time = { left: 1 };
  const slow = async () => {
    time.left = 0;
    return broken();
  };
  const executions = { ...home.executions, start: slow };
  const { read, projections } = counting(home.ports.projections);
  const failing = home.process({ executions, projections }, { timeLeftMs: () => time.left });
  await home.ended(await home.batchesNow(30));
  await home.reconciled(HOUR);
  for (let partner = 0; partner < 9; partner += 1) {
    const unstarted = home.process({ executions: { ...executions, start: broken } });
    await unstarted.append(files(1, home.time.now, 9_000, `partners/${partner}/`));
  }
  for (let day = 0; day < 9; day += 1) {
    await home.ended(await home.batchesNow(90));
    time.left = 1;
    home.time.now += DAY;
    read.items = 0;
    await expect(failing.reconcile()).rejects.toThrow('ran out of time');
  }
  expect(read.items).toBeLessThan(400);
});
