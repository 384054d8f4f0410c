import { createHash } from 'node:crypto';

/** When a window closes; whichever is met first. Frozen into every window when it opens. */
export interface Limits {
  /** Events; 1 to 10,000. */
  count: number;
  /** Milliseconds from the first unprocessed event to the deadline; 1 s to 14 d. */
  windowMs: number;
  /** Sum of object sizes. */
  bytes?: number;
  /** Milliseconds without a new event; capped by `windowMs`. */
  quietMs?: number;
}

/** The state machine that a batch runs through. */
export interface PipelineRef {
  name: string;
  stateMachineArn: string;
}

/** A place for objects: `s3://<bucket>/<prefix>…`. */
export interface Location {
  bucket: string;
  prefix: string;
}

/** How a route's CSV files are read. */
export interface CsvSettings {
  /** Column name to DuckDB type, in any order; without it types are inferred once per batch. */
  columns?: Record<string, string>;
  delimiter?: string;
}

/** All that a route decides about a batch. A window keeps the policy that it opened with. */
export interface Policy {
  /** Digest of everything below: equal policies have equal versions. */
  version: string;
  limits: Limits;
  pipeline: PipelineRef;
  output?: Location;
  csv?: CsvSettings;
  /** Free settings handed to the pipeline as they are. */
  parameters?: Record<string, unknown>;
}

/** Completes a policy with its version. */
export function policyOf(parts: Omit<Policy, 'version'>): Policy {
  const version = createHash('sha256').update(canonicalJson(parts)).digest('hex').slice(0, 10);
  return { version, ...parts };
}

/** JSON with object keys in code-unit order and no white space: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value));
}

/** The value with its keys in order: itself where they are, for batches hold thousands of objects that are. */
function inOrder(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return inOrder(value.toJSON(''));
  if (Array.isArray(value)) {
    const ordered = value.map(inOrder);
    return ordered.some((entry, index) => entry !== value[index]) ? ordered : value;
  }
  const entries: [string, unknown][] = [];
  let before = '';
  let asIs = true;
  for (const [key, inner] of Object.entries(value)) {
    const ordered = inOrder(inner);
    asIs &&= before <= key && ordered === inner;
    entries.push([key, ordered]);
    before = key;
  }
  if (asIs) return value;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
