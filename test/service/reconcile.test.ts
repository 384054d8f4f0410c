import { describe, expect, test } from 'vitest';
import type { Executions } from '../../src/executions/executions.ts';
import { createService } from '../../src/service/create-service.ts';
import { ReconcileUnfinishedError } from '../../src/service/reconcile-run.ts';
import { files, HOUR, memoryHome, policy, START } from './memory-home.ts';

const PARTNERS = Array.from({ length: 20 }, (_, index) => `p${String(index).padStart(2, '0')}`);

const perPartner = (from: number) =>
  PARTNERS.flatMap((partner, index) => files(1, START, from + index, `partners/${partner}/`));

describe('reconcile', () => {
  test('starts what can be started, though a batch before it cannot, and says so at the end', async () => {
    const home = memoryHome({ count: 1 });
    const { executions } = home;
    const never = () => new Promise<never>(() => {});
    void home.process({ executions: { ...executions, start: never } }).append(perPartner(0));
    await expect.poll(() => home.batches(PARTNERS.at(-1))).toHaveLength(1);
    home.time.now += 60_000;

    const [bad] = await home.batches(PARTNERS[0]);
    await expect(home.process({ executions: allBut(bad?.id, executions) }).reconcile()).rejects.toThrow(
      'its pipeline is gone',
    );
    expect(executions.calls).toHaveLength(PARTNERS.length - 1);
    expect(await home.process().reconcile()).toMatchObject({ started: 1 });
  });

  test('starts the batches behind one that cannot be, and sees to the open window', async () => {
    const home = memoryHome({ count: 2 });
    const { executions } = home;
    const never = () => new Promise<never>(() => {});
    const dying = home.process({ executions: { ...executions, start: never }, timers: { arm: never } });
    for (const round of [1, 2, 3]) {
      void dying.append(files(2, START, round * 10));
      await expect.poll(() => home.batches()).toHaveLength(round);
    }
    void dying.append(files(1, START, 100));
    await expect.poll(() => home.openWindow()).not.toBeNull();
    home.time.now += 2 * HOUR;

    const [bad, ...rest] = await home.batches();
    const service = home.process({ executions: allBut(bad?.id, executions) });
    const started = () => executions.calls.map(({ name }) => name).toSorted();
    for (const _round of [1, 2]) {
      await expect(service.reconcile()).rejects.toThrow('its pipeline is gone');
      expect(home.armed.at(-1)).toMatchObject({ windowSeq: 4 });
      expect(started()).toEqual(rest.map(({ id }) => id).toSorted());
    }
    expect(await home.process().reconcile()).toMatchObject({ started: 1, settled: 3 });
  });

  test('ends early when it is told to, and says how far it came', async () => {
    const home = memoryHome();
    await home.process().append(perPartner(0));
    const stopping = AbortSignal.abort();
    await expect(home.process().reconcile({ atStart: true, stopping })).rejects.toThrow(
      ReconcileUnfinishedError,
    );
    expect(await home.process().reconcile({ atStart: true })).toMatchObject({ partitions: PARTNERS.length });
  });

  test('arms every window at a start, though one execution cannot be asked after', async () => {
    const home = memoryHome({ count: 2 });
    await home.process().append([...perPartner(0), ...perPartner(100), ...perPartner(200)]);
    home.armed.length = 0;
    const [first] = await home.batches(PARTNERS[0]);
    const { executions } = home;
    const damaged = {
      ...executions,
      describe: async (execution: Parameters<typeof executions.describe>[0]) => {
        if (execution.name === first?.id) throw new Error('its file is damaged');
        return executions.describe(execution);
      },
    };
    const service = home.process({ executions: damaged });
    await expect(service.reconcile({ atStart: true })).rejects.toThrow('its file is damaged');
    expect(home.armed).toHaveLength(PARTNERS.length);
  });

  test('at a start looks after executions however long ago their batches closed', async () => {
    const home = memoryHome({ count: 1 });
    for (let day = 0; day < 5; day += 1) {
      home.time.now = START + day * 24 * HOUR;
      await home.process().append(files(100, home.time.now, day * 1000));
    }
    const gone = { ...home.executions, describe: async () => null };
    const report = await home.process({ executions: gone }).reconcile({ atStart: true });
    expect(report).toMatchObject({ started: 500, settled: 500 });
  });

  test('asks after so many executions at most, after all windows, and after the others another time', async () => {
    const home = memoryHome({ count: 1, windowMs: HOUR });
    await home.process().append(files(50));
    home.time.now += 5 * 60_000;
    const asked: string[] = [];
    const { executions } = home;
    const slow = {
      ...executions,
      describe: async (execution: Parameters<typeof executions.describe>[0]) => {
        asked.push(execution.name);
        return executions.describe(execution);
      },
    };
    let chance = 0;
    const clock = { now: () => home.time.now, sleep: async () => {}, random: () => chance };
    const router = { route: () => null, policy: () => null, names: () => [] };
    const ports = { ...home.ports, executions: slow };
    const service = createService(ports, router, clock, { manifestBucket: 'm', describesMax: 10 });
    for (chance of [0, 0.3, 0.9]) await service.reconcile();
    expect(asked).toHaveLength(30);
    expect(new Set(asked).size).toBe(25);
  });

  test('does not count as its own an end that was reported while it asked', async () => {
    const home = memoryHome({ count: 1 });
    await home.process().append(files(1));
    home.time.now += 5 * 60_000;
    const [batch] = await home.batches();
    const { executions } = home;
    const reporting: Executions = {
      ...executions,
      async describe(execution) {
        const ended = { ...(await executions.describe(execution))!, status: 'succeeded' as const };
        const ref = { route: 'sales', closedAt: batch!.closedAt, id: batch!.id };
        await home.ports.projections.batchStatus(ref, { status: 'succeeded', redrives: 0, endedAt: 1 });
        return ended;
      },
    };
    expect(await home.process({ executions: reporting }).reconcile()).toMatchObject({ statuses: 0 });
    expect(home.observed.filter(({ kind }) => kind === 'repaired')).toEqual([]);
    expect(home.announced.map(({ type }) => type)).not.toContain('Execution Succeeded');
  });

  test('says so when it has to end before it has seen everything, and tells how far it came', async () => {
    const home = memoryHome();
    await home.process().append(perPartner(0));
    let asked = 0;
    const timeLeftMs = () => (asked++ === 0 ? 1 : 0);
    const reconciling = home.process({}, { timeLeftMs }).reconcile();
    await expect(reconciling).rejects.toBeInstanceOf(ReconcileUnfinishedError);
    await expect(reconciling).rejects.toMatchObject({ partitions: 8 });
  });

  test('after a run that had to end early begins where that one stopped, and comes to every window', async () => {
    const home = memoryHome();
    await home.process().append(perPartner(0));
    home.time.now += 2 * HOUR;
    home.armed.length = 0;
    let left = 0;
    const service = home.process({}, { timeLeftMs: () => left-- });
    for (let round = 0; round < 3; round += 1) {
      left = 1;
      await expect(service.reconcile()).rejects.toBeInstanceOf(ReconcileUnfinishedError);
    }
    expect(new Set(home.armed.map(({ partition }) => partition))).toEqual(new Set(PARTNERS));
    left = 1_000;
    expect(await service.reconcile()).toMatchObject({ partitions: PARTNERS.length });
  });

  test('arms all windows before it starts batches, and one partition whose starts are slow keeps no other waiting', async () => {
    const home = memoryHome({ count: 1 });
    const { executions } = home;
    const never = () => new Promise<never>(() => {});
    const dying = home.process({ executions: { ...executions, start: never } });
    void dying.append([...files(50, START, 0, 'partners/a/'), ...perPartner(100)]);
    await expect.poll(() => home.batches(PARTNERS.at(-1))).toHaveLength(1);
    await expect.poll(() => home.batches('a')).toHaveLength(50);
    home.routes.policy = policy({ count: 100 });
    await home.process().append(files(1, START, 900, 'partners/z/'));
    home.time.now += 2 * HOUR;
    home.armed.length = 0;

    let left = 0;
    const slow = {
      ...executions,
      start: async (request: Parameters<typeof executions.start>[0]) => {
        if (JSON.parse(request.input).batch.partition === 'a') {
          left -= 100;
          throw new Error('its pipeline is gone');
        }
        return executions.start(request);
      },
    };
    const service = home.process({ executions: slow }, { timeLeftMs: () => left });
    for (let round = 0; round < 4; round += 1) {
      left = 1_000;
      await service.reconcile().catch(() => {});
      expect(home.armed.at(-1)).toMatchObject({ partition: 'z' });
    }
    expect(executions.calls).toHaveLength(PARTNERS.length);
  });
});

/** Starts every execution but one. */
function allBut(name: string | undefined, executions: Executions): Executions {
  return {
    ...executions,
    async start(request) {
      if (request.name === name) throw new Error('its pipeline is gone');
      return executions.start(request);
    },
  };
}
