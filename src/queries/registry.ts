import type { PartitionItem } from '../projections/projections.ts';
import type { Sources } from './sources.ts';

/** Partition items read at a time. */
const PAGE = 1_000;

/** Every route there is anything to say about: configured ones, and those that were once, in code-unit order. */
export async function knownRoutes(sources: Sources): Promise<string[]> {
  const registered = await sources.ports.projections.routes();
  return [...new Set([...sources.routes.map(({ name }) => name), ...registered])].sort();
}

/** All registered partitions of a route, ascending. */
export async function* allPartitions(sources: Sources, route: string): AsyncGenerator<PartitionItem> {
  let after: string | undefined;
  for (;;) {
    const page = await sources.ports.projections.partitions(route, {
      ...(after !== undefined && { after }),
      limit: PAGE,
    });
    yield* page.items;
    after = page.items.at(-1)?.partition;
    if (!page.more || after === undefined) return;
  }
}
