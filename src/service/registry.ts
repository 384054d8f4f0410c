import type { PartitionItem, Projections } from '../projections/projections.ts';

/** Partition items read at once. */
const PAGE = 1000;

/** Every registered partition of one route or of all, also of routes that are no longer configured. */
export async function* registered(projections: Projections, route?: string): AsyncGenerator<PartitionItem> {
  const routes = route === undefined ? await projections.routes() : [route];
  for (const name of routes) {
    let after: string | undefined;
    let more = true;
    while (more) {
      const page = await projections.partitions(name, { limit: PAGE, ...(after !== undefined && { after }) });
      yield* page.items;
      after = page.items.at(-1)?.partition;
      more = page.more && after !== undefined;
    }
  }
}
