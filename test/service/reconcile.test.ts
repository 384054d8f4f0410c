import { describe, expect, test } from 'vitest';
import type { Executions } from '../../src/executions/executions.ts';
import { files, HOUR, memoryHome, START } from './memory-home.ts';

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
