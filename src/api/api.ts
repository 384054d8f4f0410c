import type { Context, MiddlewareHandler } from 'hono';
import type { AnnouncementStream } from '../announcements/stream.ts';
import type { Sources } from '../queries/sources.ts';
import type { Service } from '../service/service.ts';

/** What the API stands on. A home decides who may ask (`guards`) and whether there is a live stream. */
export interface ApiOptions {
  sources: Sources;
  service: Pick<Service, 'flush' | 'previewFlush'>;
  /** The product's version, as in package.json. */
  version: string;
  /** When this server started (ms). */
  startedAt: number;
  /** Makes the id of a flush whose asker gave none; never the same twice. */
  newFlushId: () => string;
  /** Checks before every request; the first to throw a RequestRefusedError answers it. None: the home does it outside. */
  guards: MiddlewareHandler[];
  /** Who asks, as the home knows; else the asker may say so in `who`. */
  caller?: (context: Context) => string | undefined;
  /** The live stream; without it `/v1/stream` says that this home has none. */
  live?: Live | undefined;
  /** What does not work at the moment, one sentence each. */
  problems?: () => Promise<string[]>;
  /** An error that was answered with status 500 or 503: for the server's own output. */
  onError?: (error: unknown) => void;
}

export interface Live {
  stream: Pick<AnnouncementStream, 'subscribe'>;
  /** Listeners at a time; more are refused. */
  listenersMax: number;
  heartbeatMs: number;
  /** Ends every listener's stream when it is aborted. */
  stopping: AbortSignal;
}

/** Listeners of one laptop, and how often they hear that the server lives. */
export const LIVE_DEFAULTS = { listenersMax: 32, heartbeatMs: 10_000 };
