import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. */
export type FaultKind =
  /** The connection breaks before AWS has seen the request. */
  | 'unsent'
  /** It is carried out, and the connection breaks instead of an answer. */
  | 'lost'
  /** It is carried out, and half of the answer comes. */
  | 'cut'
  /** It is carried out, and the answer comes when nobody waits for it any more. */
  | 'late'
  /** It is not carried out, and never answered. */
  | 'hanging'
  /** It is not carried out. */
  | 'throttled'
  | 'failed';

export interface LaidFault {
  /** The operation: `PutItem`, `StartExecution`, `CreateSchedule`, `PutObject`. */
  call: string;
  kind: FaultKind;
  /** Text that the request's path or body contains. */
  match?: string;
  /** Requests that it happens to; 1 by default. */
  times?: number;
}

interface Proxied {
  call: string;
  body: Buffer;
  request: IncomingMessage;
}

/** Who answers a request: a server, or this very answer. */
export type Target = string | { status: number; body: object };

/** How long a late answer takes (ms): longer than any request of the product is waited for. */
const LATE_MS = 9_000;

/** Stands between SDK clients and AWS on 127.0.0.1, and lets faults happen to the requests it is told. */
export async function openFaultProxy(targetOf: (call: string, body: string) => Target) {
  const laid: (Required<LaidFault> & { fired: number })[] = [];
  const calls = new Map<string, number>();
  const server = createServer(async (request, response) => {
    try {
      const proxied = { request, call: callOf(request), body: await bodyOf(request) };
      calls.set(proxied.call, (calls.get(proxied.call) ?? 0) + 1);
      const target = targetOf(proxied.call, proxied.body.toString('utf8'));
      await happen(faultFor(proxied), () => forward(proxied, target), response);
    } catch {
      response.destroy();
    }
  });
  function faultFor({ request, call, body }: Proxied): FaultKind | null {
    const text = `${decodeURIComponent(request.url ?? '')} ${body.toString('utf8')}`;
    const fault = laid.find(
      (each) => each.call === call && each.fired < each.times && text.includes(each.match),
    );
    if (fault === undefined) return null;
    fault.fired += 1;
    return fault.kind;
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Requests by operation. */
    calls,
    /** Returns how often the fault has happened. */
    lay({ match = '', times = 1, ...fault }: LaidFault): () => number {
      const entry = { ...fault, match, times, fired: 0 };
      laid.push(entry);
      return () => entry.fired;
    },
    /** No fault that was laid happens any more. */
    heal(): void {
      laid.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Forwarded {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

async function happen(
  fault: FaultKind | null,
  carryOut: () => Promise<Forwarded>,
  response: ServerResponse,
): Promise<void> {
  if (fault === 'unsent') return void response.destroy();
  if (fault === 'hanging') return;
  if (fault === 'throttled') return answer(response, refusal('ThrottlingException', 400));
  if (fault === 'failed') return answer(response, refusal('InternalServerError', 500));
  const carriedOut = await carryOut();
  if (fault === 'lost') return void response.destroy();
  if (fault === 'late') return void setTimeout(() => answer(response, carriedOut), LATE_MS);
  if (fault !== 'cut') return answer(response, carriedOut);
  response.writeHead(carriedOut.status, {
    ...carriedOut.headers,
    // An answer without a body is cut in its promise of one.
    'content-length': String(Math.max(carriedOut.body.length, 2)),
  });
  response.write(carriedOut.body.subarray(0, Math.floor(carriedOut.body.length / 2)) || '{', () =>
    response.destroy(),
  );
}

function answer(response: ServerResponse, { status, headers, body }: Forwarded): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  response.end(body);
}

function refusal(type: string, status: number): Forwarded {
  const body = Buffer.from(JSON.stringify({ __type: type, message: 'said the proxy' }));
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': type },
    body,
  };
}

async function forward({ request, body }: Proxied, target: Target): Promise<Forwarded> {
  if (typeof target !== 'string') {
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    return { status: target.status, headers, body: Buffer.from(JSON.stringify(target.body)) };
  }
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  const reply = await fetch(target + request.url, {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    ...(hasBody && { body }),
  });
  const passed = [...reply.headers].filter(
    ([name]) => !['connection', 'content-encoding', 'content-length', 'transfer-encoding'].includes(name),
  );
  return {
    status: reply.status,
    headers: Object.fromEntries(passed),
    body: Buffer.from(await reply.arrayBuffer()),
  };
}

/** AWS's JSON protocols name the operation in a header; of the others only those that the product calls are told apart. */
function callOf({ headers, method = '', url = '' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  if (url.startsWith('/schedules/')) return 'CreateSchedule';
  return method === 'PUT' ? 'PutObject' : `${method} ${url}`;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
