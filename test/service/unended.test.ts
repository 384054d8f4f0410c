import { describe, expect, test } from 'vitest';
import type { Projections } from '../../src/projections/projections.ts';
import { LISTED_MAX } from '../../src/service/route-batches.ts';
import { counting, DAY, homeOfOnes, MINUTE } from './home-of-ones.ts';
import { files, HOUR, START } from './memory-home.ts';

describe('reconcile looks after executions whose end was not reported', () => {
  test('and reads what closed lately, not all that ended in the last days', async () => {
    const home = homeOfOnes();
    for (let hour = 0; hour < 24; hour += 1) {
      await home.ended(await home.batchesNow(50));
      await home.reconciled(HOUR);
    }
    const { read, projections } = counting(home.ports.projections);
    const service = home.process({ projections });
    await home.reconciled(HOUR, () => service.reconcile());
    expect(read.items).toBeLessThan(50);
    expect(await home.reconciled(DAY)).not.toContainEqual(expect.objectContaining({ started: 1 }));
  });

  test.each([MINUTE, HOUR, 5 * DAY])('however long they ran: %i ms', async (ms) => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    for (let passed = 0; passed < ms; passed += DAY) {
      await home.ended(await home.batchesNow(30));
      await home.reconciled(Math.min(ms, HOUR));
      if (ms > DAY) home.time.now += DAY - HOUR;
    }
    await home.executions.end(name!, { status: 'failed', error: 'E' });
    expect(await home.statusOf(name)).toBe('running');
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('failed');
    expect(home.announced.filter(({ type }) => type === 'Execution Failed')).toHaveLength(1);
    const { read, projections } = counting(home.ports.projections);
    await home.reconciled(HOUR);
    const service = home.process({ projections });
    await home.reconciled(HOUR, () => service.reconcile());
    expect(read.items).toBeLessThan(31);
  });

  test('also when somebody redrove them long after they had ended', async () => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    await home.service.executionReported(await home.executions.end(name!, { status: 'failed' }));
    for (let day = 0; day < 9; day += 1) {
      await home.ended(await home.batchesNow(30));
      await home.reconciled(HOUR);
      home.time.now += DAY - HOUR;
    }
    await home.service.executionReported(await home.executions.redrive(name!));
    expect(await home.statusOf(name)).toBe('running');
    await home.reconciled(HOUR);
    await home.executions.end(name!, { status: 'succeeded' });
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('succeeded');
  });

  test('also when many are redriven at once, each by another process', async () => {
    const home = homeOfOnes();
    const names = await home.batchesNow(15);
    for (const name of names) {
      await home.service.executionReported(await home.executions.end(name, { status: 'failed' }));
    }
    await home.reconciled(DAY);
    const reports = await Promise.all(names.map((name) => home.executions.redrive(name)));
    await Promise.all(reports.map((report) => home.process().executionReported(report)));
    for (const name of names) await home.executions.end(name, { status: 'succeeded' });
    const [report] = await home.reconciled(5 * MINUTE);
    expect(report).toMatchObject({ statuses: 15 });
  });

  test('also of more batches than are listed one by one', async () => {
    const home = homeOfOnes();
    const names = await home.batchesNow(LISTED_MAX / 2);
    await home.reconciled(HOUR);
    names.push(...(await home.batchesNow(LISTED_MAX)));
    await home.reconciled(2 * HOUR);
    for (const name of names) await home.executions.end(name, { status: 'succeeded' });
    const [report] = await home.reconciled(5 * MINUTE);
    expect(report).toMatchObject({ statuses: names.length });
    await home.reconciled(HOUR);
    const { read, projections } = counting(home.ports.projections);
    const service = home.process({ projections });
    await home.reconciled(5 * MINUTE, () => service.reconcile());
    expect(read.items).toBeLessThan(20);
  });

  test('also of batches that started long after they had closed', async () => {
    const home = homeOfOnes();
    const { executions } = home;
    const broken = async () => {
      throw new Error('its pipeline is gone');
    };
    const failing = home.process({ executions: { ...executions, start: broken } });
    await failing.append(files(1, START, 9_000));
    const late = (await home.batches()).at(-1)?.id;
    for (let hour = 0; hour < 3; hour += 1) {
      await home.ended(await home.batchesNow(30));
      await home.reconciled(HOUR, () => failing.reconcile().catch(() => null));
    }
    const [, behind] = await home.reconciled(10 * MINUTE);
    expect(behind).toMatchObject({ started: 0 });
    expect(await home.statusOf(late)).toBe('running');
    await home.reconciled(HOUR);
    await executions.end(late!, { status: 'succeeded' });
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(late)).toBe('succeeded');
  });

  test('also when the clock was far ahead for a while', async () => {
    const home = homeOfOnes();
    await home.ended(await home.batchesNow(30));
    home.time.now += 90 * DAY;
    await home.ended(await home.batchesNow(30));
    await home.reconciled(HOUR);
    home.time.now -= 90 * DAY;
    // The log of a partition that lived ahead stays there.
    const [name] = await home.batchesNow(1, 'partners/new/');
    await home.reconciled(3 * HOUR);
    await home.executions.end(name!, { status: 'succeeded' });
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('succeeded');
  });

  test('on a table that was written before anybody noted how far was looked', async () => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    await home.ended(await home.batchesNow(30));
    home.time.now += DAY;
    await home.executions.end(name!, { status: 'succeeded' });
    expect(await home.ports.projections.unended('sales')).toBeNull();
    await home.reconciled(5 * MINUTE);
    expect(await home.statusOf(name)).toBe('succeeded');
    expect(await home.ports.projections.unended('sales')).toMatchObject({ version: 1, batches: [] });
  });

  test('and stops waiting for one that nobody knows any more', async () => {
    const home = homeOfOnes();
    const [name] = await home.batchesNow(1);
    const { executions } = home;
    const gone = home.process({ executions: { ...executions, describe: async () => null } });
    await home.reconciled(HOUR, () => gone.reconcile());
    const listed = async () => (await home.ports.projections.unended('sales'))?.batches.map(({ id }) => id);
    expect(await listed()).toEqual([name]);
    home.time.now += 3 * DAY;
    await home.reconciled(5 * MINUTE, () => gone.reconcile());
    expect(await listed()).toEqual([]);
  });

  test('at a start reads no more than what had not ended', async () => {
    const home = homeOfOnes();
    for (let day = 0; day < 5; day += 1) {
      await home.ended(await home.batchesNow(100));
      await home.reconciled(HOUR);
      home.time.now += DAY;
    }
    const [name] = await home.batchesNow(1);
    await home.reconciled(HOUR);
    home.time.now += 9 * DAY;
    const { read, projections } = counting(home.ports.projections);
    const gone = { ...home.executions, describe: async () => null };
    const starting = home.process({ projections, executions: gone });
    expect(await starting.reconcile({ atStart: true })).toMatchObject({ started: 1 });
    expect(home.executions.calls.at(-1)?.name).toBe(name);
    expect(read.items).toBeLessThan(20);
  });

  test('and where another process noted something meanwhile, that stands', async () => {
    const home = homeOfOnes();
    await home.ended(await home.batchesNow(30));
    await home.reconciled(HOUR);
    const { projections } = home.ports;
    const kept = (await projections.unended('sales'))!;
    await home.ended(await home.batchesNow(30));
    const racing: Projections = {
      ...projections,
      async unended(route) {
        const found = await projections.unended(route);
        const batches = [{ closedAt: START, id: 'noted' }];
        if (found) await projections.keepUnended(route, { ...found, version: found.version + 1, batches });
        return found;
      },
    };
    home.time.now += HOUR;
    await home.process({ projections: racing }).reconcile();
    expect(await projections.unended('sales')).toMatchObject({ to: kept.to, batches: [{ id: 'noted' }] });
  });
});
