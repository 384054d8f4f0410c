import { type BucketNames, bucketNameAsWritten, type Configuration, type Route } from './configuration.ts';
import { didYouMean, editDistance, listed } from './nearest.ts';
import { segmentValue } from './pattern.ts';
import { endsWithOneOf, routingTable } from './routing-table.ts';

/** Why no route takes an object. */
export interface NearestRoute {
  /** The route that comes nearest; left out when none watches the bucket. */
  route?: string;
  prefix?: string;
  /** Complete, for people. */
  sentence: string;
}

/** Letters of a segment that are compared; what differs after them differs anyway. */
const COMPARED = 64;

/** Explains why an object is unrouted: the route that comes nearest and what keeps it off; null when a route takes it. */
export function nearestRoute(
  configuration: Configuration,
  object: { bucket: string; key: string },
  bucketNames: BucketNames = bucketNameAsWritten,
): NearestRoute | null {
  const { buckets, routes } = configuration;
  const names = new Map(buckets.map((bucket) => [bucket.name, bucketNames(bucket)]));
  const here = routes.filter((route) => names.get(route.bucket) === object.bucket);
  if (here.length === 0) {
    const watched = [...new Set(routes.map((route) => names.get(route.bucket) ?? route.bucket))];
    const { hint } = didYouMean(object.bucket, watched);
    const tail = hint === undefined ? '' : ` ${hint}`;
    return { sentence: `No route watches bucket ${object.bucket}; watched: ${listed(watched)}.${tail}` };
  }
  if (routingTable(here).find(object.key) !== null) return null;
  const [nearest] = here.map((route) => closeness(route, object.key)).sort(closestFirst);
  return nearest === undefined ? null : explain(nearest, object.key);
}

interface Closeness {
  route: Route;
  /** Segments that fit. */
  fitting: number;
  /** Whether the whole prefix fits, so that only the suffix does not. */
  prefixFits: boolean;
  /** Letters by which the first segment that does not fit is off. */
  off: number;
}

function closeness(route: Route, key: string): Closeness {
  const texts = key.split('/');
  const { segments, tail } = route.pattern;
  for (const [index, segment] of segments.entries()) {
    const text = texts[index] ?? '';
    if (index < texts.length - 1 && segmentValue(segment, text) !== null) continue;
    const wanted = segment.kind === 'literal' ? segment.text : segment.before + segment.after;
    return { route, fitting: index, prefixFits: false, off: distance(wanted, text) };
  }
  const rest = texts[segments.length] ?? '';
  const prefixFits = rest.startsWith(tail);
  return {
    route,
    fitting: segments.length,
    prefixFits,
    off: prefixFits ? 0 : distance(tail, rest.slice(0, tail.length)),
  };
}

function closestFirst(a: Closeness, b: Closeness): number {
  return Number(b.prefixFits) - Number(a.prefixFits) || b.fitting - a.fitting || a.off - b.off;
}

function explain({ route, prefixFits }: Closeness, key: string): NearestRoute {
  const { name, prefix, suffixes } = route;
  if (prefixFits && !endsWithOneOf(key, suffixes)) {
    const endings = suffixes.join(' or ');
    return {
      route: name,
      prefix,
      sentence: `Route ${name} takes keys under "${prefix}" only if they end in ${endings}.`,
    };
  }
  return {
    route: name,
    prefix,
    sentence: `The nearest is route ${name}, which takes keys that begin with "${prefix}".`,
  };
}

function distance(wanted: string, text: string): number {
  return editDistance(wanted.slice(0, COMPARED), text.slice(0, COMPARED));
}
