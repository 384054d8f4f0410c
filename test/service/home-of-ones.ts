import type { BatchItem, Projections } from '../../src/projections/projections.ts';
import { files, HOUR, memoryHome } from './memory-home.ts';

export const MINUTE = 60_000;
export const DAY = 24 * HOUR;

/** Each file is a batch. Reports of executions are delivered only when a test says so. */
export function homeOfOnes() {
  const home = memoryHome({ count: 1 });
  const service = home.process();
  let next = 0;
  return {
    ...home,
    service,
    /** Batches that close now; resolves with their ids. */
    async batchesNow(count: number, folder = 'in/'): Promise<string[]> {
      const before = home.executions.calls.length;
      await service.append(files(count, home.time.now, next, folder));
      next += count;
      return home.executions.calls.slice(before).map(({ name }) => name);
    },
    async ended(names: string[]) {
      for (const name of names) {
        await service.executionReported(await home.executions.end(name, { status: 'succeeded' }));
      }
    },
    async statusOf(name: string | undefined) {
      const { items } = await home.ports.projections.batches('sales', { limit: 100_000 });
      return items.find(({ id }) => id === name)?.status;
    },
    /** Runs of reconcile, one every five minutes, for so long. */
    async reconciled(ms: number, run: () => Promise<unknown> = () => service.reconcile()) {
      const reports = [];
      for (const end = home.time.now + ms; home.time.now < end; ) {
        home.time.now += 5 * MINUTE;
        reports.push(await run());
      }
      return reports;
    },
  };
}

/** Counts the batch items that are read. */
export function counting(projections: Projections) {
  const read = { items: 0 };
  const count = (items: BatchItem[]) => {
    read.items += items.length;
  };
  const counted: Projections = {
    ...projections,
    async batches(route, page) {
      const found = await projections.batches(route, page);
      count(found.items);
      return found;
    },
    async batchesSince(route, page) {
      const found = await projections.batchesSince(route, page);
      count(found.items);
      return found;
    },
    async batch(ref) {
      const item = await projections.batch(ref);
      if (item) count([item]);
      return item;
    },
  };
  return { read, projections: counted };
}
