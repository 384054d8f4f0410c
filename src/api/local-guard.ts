import { timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { RequestRefusedError } from './problem.ts';
import type { Token } from './token.ts';

/**
 * What keeps a server on 127.0.0.1 from being used by every page that a browser on this machine has open. Such a page
 * can send requests here, under a host name of its own too (DNS rebinding); it cannot fake Host, Origin or
 * Sec-Fetch-Site, nor read the token's file.
 */
export interface LocalGuard {
  /** The port that the server listens on; known once it listens. */
  port: () => number;
  /** What a change must carry in `x-spillway-token`. */
  token: Token;
}

/** The header that a change must carry. A page of another site cannot set it without a preflight, which is refused. */
export const TOKEN_HEADER = 'x-spillway-token';

const HOSTS = ['127.0.0.1', 'localhost', '[::1]'];

/** Reads that hold a connection: a page of another site could use up all listeners. */
const STREAMS = new Set(['/v1/stream']);

export function localGuards(options: LocalGuard): MiddlewareHandler[] {
  return [hostGuard(options), siteGuard(options), tokenGuard(options)];
}

function hostGuard({ port }: LocalGuard): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!hostsAt(port()).includes(host.toLowerCase())) {
      throw new RequestRefusedError(421, 'wrong-host', {
        title: 'Not the host that was asked for',
        detail: `The request asks for host ${JSON.stringify(host.slice(0, 100))}; this server answers as 127.0.0.1, localhost or [::1], with its port.`,
      });
    }
    return next();
  };
}

function siteGuard({ port }: LocalGuard): MiddlewareHandler {
  return async (c, next) => {
    if (isRead(c.req.method) && !STREAMS.has(c.req.path)) return next();
    const site = c.req.header('sec-fetch-site');
    const origin = c.req.header('origin');
    const ours = hostsAt(port()).map((host) => `http://${host}`);
    const crossSite = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (crossSite || (origin !== undefined && !ours.includes(origin.toLowerCase()))) {
      throw new RequestRefusedError(403, 'cross-site', {
        title: 'Asked from another site',
        detail:
          'The request comes from a page of another site, which may not change anything here nor listen.',
      });
    }
    return next();
  };
}

function tokenGuard({ token }: LocalGuard): MiddlewareHandler {
  return async (c, next) => {
    if (isRead(c.req.method)) return next();
    const given = c.req.header(TOKEN_HEADER);
    if (given !== undefined && sameText(given, token.text)) return next();
    const fault = given === undefined ? 'is missing' : 'is not that of this start of the server';
    throw new RequestRefusedError(401, given === undefined ? 'token-missing' : 'token-wrong', {
      title: 'The token is needed for changes',
      detail: `The token in the header ${TOKEN_HEADER} ${fault}.`,
      hint: `Read it from ${token.file}; it is new at every start.`,
    });
  };
}

function hostsAt(port: number): string[] {
  const named = HOSTS.map((host) => `${host}:${port}`);
  return port === 80 ? [...named, ...HOSTS] : named;
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Compares in a time that does not tell how much of it was right. */
function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
