import type { Sources } from './sources.ts';
import { conditionsOf, type WhyCondition } from './why-conditions.ts';
import { type WhyFacts, whyFacts } from './why-facts.ts';
import { sentenceOf } from './why-sentence.ts';
import type { WindowFacts } from './windows.ts';

/** The one state that a window, or the lack of one, is in. Each has its own sentence. */
export type WhyState =
  | 'collecting'
  | 'overdue'
  | 'empty'
  | 'never-used'
  | 'several-partitions'
  | 'no-such-partition'
  | 'no-such-route'
  | 'removed-route';

export interface WhyAnswer {
  now: number;
  route: string;
  partition?: string;
  state: WhyState;
  /** The one binding condition. */
  sentence: string;
  conditions: WhyCondition[];
  window?: WindowFacts;
  /** Names that were perhaps meant, or partitions to ask for. */
  nearest: string[];
}

/** Why a window has not closed yet: the one binding condition in a sentence, and each condition's present value. */
export async function why(
  sources: Sources,
  route: string,
  partition: string | undefined,
): Promise<WhyAnswer> {
  return explain(await whyFacts(sources, route, partition));
}

/** The same from facts alone: pure, so that page, CLI and API say the same words. */
export function explain(facts: WhyFacts): WhyAnswer {
  const state = stateOf(facts);
  const conditions = conditionsOf(facts);
  return {
    now: facts.now,
    route: facts.route,
    ...(facts.partition !== undefined && { partition: facts.partition }),
    state,
    sentence: sentenceOf(state, facts, conditions),
    conditions,
    ...(facts.window && { window: facts.window }),
    nearest: nearestOf(facts),
  };
}

function stateOf(facts: WhyFacts): WhyState {
  if (facts.nearestRoutes) return 'no-such-route';
  if (facts.whole) return 'several-partitions';
  if (facts.nearestPartitions) return 'no-such-partition';
  if (facts.window && facts.now > facts.window.due.at) return 'overdue';
  if (!facts.configured) return 'removed-route';
  if (facts.window) return 'collecting';
  return facts.state ? 'empty' : 'never-used';
}

function nearestOf(facts: WhyFacts): string[] {
  const next = facts.whole?.next.map(({ partition }) => partition);
  return facts.nearestRoutes ?? facts.nearestPartitions ?? next ?? [];
}
