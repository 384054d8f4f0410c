import { registered } from '../service/registry.ts';
import { knownRoutes } from './registry.ts';
import { factsOf, type RouteFacts, type Sources } from './sources.ts';
import { nextTicks, type Tick } from './ticks.ts';

export interface RouteAnswer {
  name: string;
  /** Null for a route that is not configured any more. */
  facts: RouteFacts | null;
  nextTicks: Tick[];
  partitions: number;
  openWindows: number;
}

/** Ticks shown with a route, of each schedule. */
const TICKS = 3;

/** Every configured route, and every other one that ever had a partition. */
export async function routes(sources: Sources): Promise<RouteAnswer[]> {
  const now = sources.clock.now();
  const answers: RouteAnswer[] = [];
  for (const name of await knownRoutes(sources)) {
    const facts = factsOf(sources, name);
    let partitions = 0;
    let openWindows = 0;
    for await (const { position } of registered(sources.ports.projections, name)) {
      partitions += 1;
      if (position?.window) openWindows += 1;
    }
    answers.push({ name, facts, nextTicks: nextTicks(facts, now, TICKS), partitions, openWindows });
  }
  return answers;
}
