import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { type ApiOptions, LIVE_DEFAULTS } from './api.ts';
import { createApp } from './app.ts';
import { localGuards } from './local-guard.ts';
import { newToken, writeToken } from './token.ts';

/** Where the API of a laptop is, unless told otherwise. */
export const PORT_DEFAULT = 4280;
const HOST = '127.0.0.1';

/** Something else listens on the port. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super(
      `Port ${port} of ${HOST} is taken: another server runs there. Stop it, or choose another port with --port.`,
      {
        cause,
      },
    );
    this.port = port;
  }
}

/** The system does not let us listen on the port. */
export class PortRefusedError extends Error {
  override readonly name = 'PortRefusedError';
  readonly port: number;

  constructor(port: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The system refuses port ${port} of ${HOST}: ${reason}. Choose another port with --port.`, {
      cause,
    });
    this.port = port;
  }
}

export interface LocalApiOptions extends Omit<ApiOptions, 'guards' | 'live'> {
  stream: NonNullable<ApiOptions['live']>['stream'];
  /** Folder for the token's file, `<root>/.spillway`. */
  stateFolder: string;
  /** 0 takes any free one. */
  port?: number;
  listenersMax?: number;
  heartbeatMs?: number;
  patience?: Partial<Patience>;
}

export interface LocalApi {
  /** `http://127.0.0.1:4280` */
  url: string;
  /** The same with the token in its fragment, which browsers keep to themselves; not for logs. */
  urlWithToken: string;
  port: number;
  /** Ends the streams, answers what was asked, takes nothing new; what lasts longer than two seconds is cut off. */
  close(): Promise<void>;
}

/** How long a connection may take (ms). */
export interface Patience {
  /** Until all headers of a request are there. */
  headersMs: number;
  /** Until its body is there, too. */
  requestMs: number;
  /** Between two requests. */
  idleMs: number;
  /** Without a byte either way; heartbeats keep listeners alive. */
  silentMs: number;
}

const PATIENCE: Patience = { headersMs: 10_000, requestMs: 30_000, idleMs: 5_000, silentMs: 120_000 };

/** Node looks for late requests this often. */
const CHECKED_EVERY_MS = 1_000;
const CONNECTIONS_MAX = 512;
const HEADER_BYTES_MAX = 16 * 1024;
const CLOSING_MS = 2_000;

/**
 * Serves the API on 127.0.0.1 with everything that a local server needs to be safe from the pages of other sites.
 * @throws PortInUseError, PortRefusedError, TokenUnwritableError
 */
export async function serveLocalApi(options: LocalApiOptions): Promise<LocalApi> {
  const { stream, stateFolder, port: wanted = PORT_DEFAULT, ...api } = options;
  const { listenersMax = LIVE_DEFAULTS.listenersMax, heartbeatMs = LIVE_DEFAULTS.heartbeatMs } = options;
  const stopping = new AbortController();
  const token = newToken(stateFolder);
  let port = wanted;
  const guards = localGuards({ port: () => port, token });
  const live = { stream, listenersMax, heartbeatMs, stopping: stopping.signal };
  const app = createApp({ ...api, guards, live });
  const server = httpServer(app.fetch, { ...PATIENCE, ...options.patience });
  port = await listen(server, wanted);
  try {
    await writeToken(token);
  } catch (error) {
    await close(server, stopping);
    throw error;
  }
  const url = `http://${HOST}:${port}`;
  return { url, urlWithToken: `${url}/#token=${token.text}`, port, close: () => close(server, stopping) };
}

function httpServer(
  fetch: Parameters<typeof createAdaptorServer>[0]['fetch'],
  { headersMs, requestMs, idleMs, silentMs }: Patience,
): ServerType {
  const server = createAdaptorServer({
    fetch,
    serverOptions: {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      maxHeaderSize: HEADER_BYTES_MAX,
      connectionsCheckingInterval: Math.min(CHECKED_EVERY_MS, headersMs),
    },
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(silentMs);
  return server;
}

function listen(server: ServerType, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(new PortInUseError(port, error));
      else reject(new PortRefusedError(port, error));
    });
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}

async function close(server: ServerType, stopping: AbortController): Promise<void> {
  stopping.abort();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  const cutOff = setTimeout(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
  }, CLOSING_MS);
  await closed;
  clearTimeout(cutOff);
}
