import type { Policy } from '../core/policy.ts';

/**
 * Which route and partition an object belongs to, and which policy new windows of a route get. The service sees
 * the configuration only through this.
 */
export interface Router {
  route(object: { bucket: string; key: string }): Routed | null;
  /** The policy for windows that open now; null for a route that is not configured (any more). */
  policy(route: string): Policy | null;
  names(): string[];
}

export interface Routed {
  route: string;
  partition: string;
  /** Whether zero-byte keys that end in `/` are events on this route; left out: they are ignored. */
  countsFolderMarkers?: boolean;
}
