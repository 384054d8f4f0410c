import type { PartitionKey } from '../core/window.ts';
import type { PartitionItem, Projections } from '../projections/projections.ts';

/** Partition items read at once. */
const PAGE = 1000;

/** Every registered partition of one route or of all, also of routes that are no longer configured. */
export async function* registered(projections: Projections, route?: string): AsyncGenerator<PartitionItem> {
  const routes = route === undefined ? await projections.routes() : [route];
  for (const name of routes) yield* registeredBehind(projections, name);
}

/** Every registered partition of all routes: those behind `last` first, and `last` itself at the end. */
export async function* registeredFrom(
  projections: Projections,
  last: PartitionKey | null,
): AsyncGenerator<PartitionItem> {
  if (last === null) return yield* registered(projections);
  const routes = await projections.routes();
  if (!routes.includes(last.route)) return yield* registered(projections);
  yield* registeredBehind(projections, last.route, last.partition);
  const place = routes.indexOf(last.route);
  for (const route of [...routes.slice(place + 1), ...routes.slice(0, place)]) {
    yield* registeredBehind(projections, route);
  }
  for await (const item of registeredBehind(projections, last.route)) {
    yield item;
    if (item.partition === last.partition) return;
  }
}

async function* registeredBehind(
  projections: Projections,
  route: string,
  partition?: string,
): AsyncGenerator<PartitionItem> {
  let after = partition;
  let more = true;
  while (more) {
    const page = await projections.partitions(route, { limit: PAGE, ...(after !== undefined && { after }) });
    yield* page.items;
    after = page.items.at(-1)?.partition;
    more = page.more && after !== undefined;
  }
}
