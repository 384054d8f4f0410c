import type { Route } from './configuration.ts';
import { comparePatterns, type Segment, segmentValue } from './pattern.ts';

/** Routes of one bucket, indexed by the segments of their prefixes. */
export interface RoutingTable {
  find(key: string): Match | null;
}

export interface Match {
  route: Route;
  /** The values of the pattern's variables in their order, joined by `/`; `''` for a plain route. */
  partition: string;
}

/** What can follow after some segments of a key. */
interface Node {
  literals: Map<string, Node>;
  variables: { segment: Segment; node: Node }[];
  /** Routes whose segments end here, by the tail that the rest of the key must begin with. */
  ends: Map<string, RankedRoute[]>;
  tailLengths: Set<number>;
}

/** The lower the rank, the sooner a route is preferred. */
interface RankedRoute {
  route: Route;
  rank: number;
}

/**
 * A lookup costs about as much with a thousand routes as with one, because literal segments and tails are looked up;
 * only variables are tried, those of one position one after the other.
 */
export function routingTable(routes: readonly Route[]): RoutingTable {
  const root = emptyNode();
  const ranked = [...routes].sort((a, b) => comparePatterns(a.pattern, b.pattern));
  for (const [rank, route] of ranked.entries()) insert(root, { route, rank });
  return {
    find(key) {
      const best = search(root, key, key.split('/'), 0, null);
      return best === null ? null : { route: best.route, partition: partitionOf(best.route, key) };
    },
  };
}

/** The value of a key's partition on a route that matches it. */
function partitionOf({ pattern }: Route, key: string): string {
  const texts = key.split('/');
  const values = pattern.segments.flatMap((segment, index) =>
    segment.kind === 'variable' ? [segmentValue(segment, texts[index] ?? '') ?? ''] : [],
  );
  return values.join('/');
}

function insert(root: Node, ranked: RankedRoute): void {
  const { segments, tail } = ranked.route.pattern;
  const node = segments.reduce(childFor, root);
  const ends = node.ends.get(tail) ?? [];
  ends.push(ranked);
  node.ends.set(tail, ends);
  node.tailLengths.add(tail.length);
}

function childFor(node: Node, segment: Segment): Node {
  if (segment.kind === 'literal') {
    const child = node.literals.get(segment.text) ?? emptyNode();
    node.literals.set(segment.text, child);
    return child;
  }
  // Names of variables do not matter: routes that differ in nothing else share a node.
  const known = node.variables.find(({ segment: other }) => {
    return other.kind === 'variable' && other.before === segment.before && other.after === segment.after;
  });
  if (known !== undefined) return known.node;
  const child = { segment, node: emptyNode() };
  node.variables.push(child);
  return child.node;
}

/** The best-ranked route below `node` that matches; all branches that fit are followed, as rank is known at the ends. */
function search(
  node: Node,
  key: string,
  texts: readonly string[],
  position: number,
  best: RankedRoute | null,
): RankedRoute | null {
  const text = texts[position] ?? '';
  let found = best;
  for (const length of node.tailLengths) {
    if (length > text.length) continue;
    for (const end of node.ends.get(text.slice(0, length)) ?? []) {
      const better = found === null || end.rank < found.rank;
      if (better && endsWithOneOf(key, end.route.suffixes)) found = end;
    }
  }
  // The last text has no slash after it and so is no full segment.
  if (position >= texts.length - 1) return found;
  const literal = node.literals.get(text);
  if (literal !== undefined) found = search(literal, key, texts, position + 1, found);
  for (const variable of node.variables) {
    if (segmentValue(variable.segment, text) === null) continue;
    found = search(variable.node, key, texts, position + 1, found);
  }
  return found;
}

/** Whether a key ends with one of these; no suffixes take every key. */
export function endsWithOneOf(key: string, suffixes: readonly string[]): boolean {
  return suffixes.length === 0 || suffixes.some((suffix) => key.endsWith(suffix));
}

function emptyNode(): Node {
  return { literals: new Map(), variables: [], ends: new Map(), tailLengths: new Set() };
}
