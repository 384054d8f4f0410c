import { Hono, type MiddlewareHandler } from 'hono';
import { openAPIRouteHandler } from 'hono-openapi';
import type { ApiOptions } from './api.ts';
import { flushes } from './flushes.ts';
import { live } from './live.ts';
import { problemResponse, RequestRefusedError, refusalOf } from './problem.ts';
import { reading } from './reading.ts';

/**
 * The API as one Hono app, the same in every home: `/v1/…` and `/openapi.json`. It holds no state but the number of
 * listeners. Who may ask is the home's choice (`guards`).
 */
export function createApp(options: ApiOptions): Hono {
  const app = new Hono();
  app.use(securityHeaders);
  // Guards come before everything else: a refused request learns nothing, not even whether a path exists.
  for (const guard of options.guards) app.use(guard);
  app.use('/v1/*', async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  app.route('/v1', reading(options));
  app.route('/v1', flushes(options));
  app.route(
    '/v1',
    live(options.live, () => options.sources.clock.now()),
  );
  app.get(
    '/openapi.json',
    openAPIRouteHandler(app, { excludeStaticFile: false, documentation: about(options) }),
  );

  app.notFound((c) => problemResponse(c, noSuchPath(c.req.method, c.req.path)));
  app.onError((error, c) => {
    const refusal = refusalOf(error);
    if (refusal.problem.status >= 500 && error !== refusal) options.onError?.(error);
    return problemResponse(c, refusal);
  });
  return app;
}

/** For pages served beside the API: scripts and styles of our own only, in no frame, telling nobody where from. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
};

function about({ version }: ApiOptions) {
  return {
    info: {
      title: 'Spillway',
      version,
      description:
        'Holds back S3 events and releases them as one Step Functions execution. Times are ISO 8601 in UTC with milliseconds; new fields may appear, so ignore those you do not know.',
    },
    servers: [{ url: '/' }],
  };
}

function noSuchPath(method: string, path: string): RequestRefusedError {
  return new RequestRefusedError(404, 'no-such-path', {
    title: 'Nothing there',
    detail: `There is no ${method} ${path.slice(0, 200)}.`,
    hint: 'All there is stands in /openapi.json.',
  });
}
