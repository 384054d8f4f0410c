import { describe, expect, test } from 'vitest';
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
    const broken = {
      ...executions,
      start: async (request: Parameters<typeof executions.start>[0]) => {
        if (request.name === bad?.id) throw new Error('its pipeline is gone');
        return executions.start(request);
      },
    };
    await expect(home.process({ executions: broken }).reconcile()).rejects.toThrow('its pipeline is gone');
    expect(executions.calls).toHaveLength(PARTNERS.length - 1);
    expect(await home.process().reconcile()).toMatchObject({ started: 1 });
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
