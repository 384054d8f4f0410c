import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { describeRoute, resolver } from 'hono-openapi';
import type { Flush, FlushScope, Pin } from '../flushes/flushes.ts';
import { nearestNames } from '../queries/nearest.ts';
import { knownRoutes } from '../queries/registry.ts';
import { hasPartitions } from '../queries/sources.ts';
import type { FlushPreview, FlushReport } from '../service/service.ts';
import { type FlushAnswer, flushAnswer, flushStatusResponse } from './answer-schemas.ts';
import { flushRow, iso } from './answers.ts';
import type { ApiOptions } from './api.ts';
import { described, problems } from './described.ts';
import { BODY_BYTES_MAX, RequestRefusedError, tooLarge } from './problem.ts';
import { type FlushBody, flushRequest } from './request-schemas.ts';
import { SCHEMA_VERSION } from './schemas.ts';
import { body } from './validate.ts';

const schemaVersion = SCHEMA_VERSION;

/** Flushes: the one thing that the API changes. */
export function flushes(options: ApiOptions): Hono {
  const app = new Hono();
  app.post(
    '/flushes',
    describeFlush,
    jsonOnly,
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => {
        throw tooLarge();
      },
    }),
    body(flushRequest),
    async (c) => c.json(await ask(options, c.req.valid('json'), options.caller?.(c))),
  );

  app.get(
    '/flushes/:id{.+}',
    described('flushStatus', 'A flush that was asked for, and the windows it meant', flushStatusResponse, {
      404: 'No such flush',
    }),
    async (c) => {
      const id = c.req.param('id');
      const flush = await options.sources.ports.flushes.find(id);
      if (!flush) throw noSuchFlush(id);
      const pins = await options.sources.ports.flushes.pins(id);
      return c.json({ schemaVersion, flush: flushRow(flush), partitions: pins.map(pinRow) });
    },
  );
  return app;
}

const describeFlush = describeRoute({
  operationId: 'flush',
  summary: 'Close windows now, or say what would close',
  responses: {
    200: {
      description: 'What was closed, or with dryRun what would be. Nothing to close is not an error',
      content: { 'application/json': { schema: resolver(flushAnswer) } },
    },
    ...problems({
      400: 'Not as expected',
      401: 'The token is missing or wrong',
      403: 'Asked from another site',
      404: 'No such route or partition',
      413: 'Body too large',
      415: 'Not JSON',
      500: 'It went wrong here',
      503: 'The log does not answer; the same flushId may be asked again',
    }),
  },
});

async function jsonOnly(c: { req: { header(name: string): string | undefined } }, next: () => Promise<void>) {
  const type = c.req.header('content-type') ?? '';
  if (/^application\/json\s*(;|$)/i.test(type)) return next();
  throw new RequestRefusedError(415, 'not-json', {
    title: 'The body is not JSON',
    detail: `The content type is ${JSON.stringify(type)}; expected application/json.`,
  });
}

async function ask(options: ApiOptions, asked: FlushBody, caller: string | undefined): Promise<FlushAnswer> {
  const { route, partition, minEvents, note, flushId } = asked;
  const scope = { ...(route !== undefined && { route }), ...(partition !== undefined && { partition }) };
  const known = flushId === undefined ? null : await options.sources.ports.flushes.find(flushId);
  // A flush that was asked for before is repeated as it was, also when its route has gone since.
  if (!known) await expectScope(options, scope);
  if (asked.dryRun) return previewAnswer(await options.service.previewFlush(scope, minEvents));
  const report = await options.service.flush({
    id: flushId ?? options.newFlushId(),
    reason: 'manual',
    who: caller ?? asked.who ?? 'api',
    ...(note !== undefined && { note }),
    scope,
    minEvents,
  });
  return reportAnswer(report);
}

/** Refuses a route or partition that was never heard of: a misspelt name must not read as "nothing to flush". */
async function expectScope({ sources }: ApiOptions, { route, partition }: FlushScope): Promise<void> {
  if (route === undefined) return;
  const known = await knownRoutes(sources);
  if (!known.includes(route)) {
    throw new RequestRefusedError(404, 'no-such-route', {
      title: 'No such route',
      detail: `There is no route ${JSON.stringify(route)}.`,
      ...didYouMean(nearestNames(route, known)),
    });
  }
  if (partition === undefined) return;
  const facts = sources.routes.find(({ name }) => name === route);
  if (partition === '' && facts && !hasPartitions(facts)) return;
  if (await sources.ports.projections.partition({ route, partition })) return;
  throw new RequestRefusedError(404, 'no-such-partition', {
    title: 'No such partition',
    detail: `Route ${JSON.stringify(route)} has seen no event of a partition ${JSON.stringify(partition)}.`,
    hint: `Its open windows are at /v1/windows?route=${encodeURIComponent(route)}.`,
  });
}

function didYouMean(names: string[]): { hint?: string } {
  return names.length === 0
    ? {}
    : { hint: `Did you mean ${names.map((name) => JSON.stringify(name)).join(' or ')}?` };
}

function previewAnswer(previews: FlushPreview[]): FlushAnswer {
  const closing = previews.filter(({ wouldClose }) => wouldClose);
  return {
    schemaVersion,
    dryRun: true,
    windows: previews.map((preview) => ({
      ...preview,
      openedAt: iso(preview.openedAt),
      deadline: iso(preview.deadline),
    })),
    batches: closing.length,
    events: closing.reduce((sum, { count }) => sum + count, 0),
  };
}

function reportAnswer({ flush, partitions }: FlushReport): FlushAnswer {
  const closed = partitions.filter(({ outcome }) => outcome === 'closed');
  return {
    schemaVersion,
    dryRun: false,
    flush: flushRow(flush),
    partitions: partitions.map(({ batch, ...rest }) => ({
      ...rest,
      batch: batch && { ...batch, closedAt: iso(batch.closedAt) },
    })),
    batches: closed.length,
    events: closed.reduce((sum, { count }) => sum + count, 0),
  };
}

function pinRow({ route, partition, window, skipped }: Pin) {
  return {
    route,
    partition,
    window: window && { seq: window.seq, count: window.count },
    skipped: skipped?.why,
  };
}

function noSuchFlush(id: Flush['id']): RequestRefusedError {
  return new RequestRefusedError(404, 'no-such-flush', {
    title: 'No such flush',
    detail: `No flush with the id ${JSON.stringify(id.slice(0, 200))} was asked for.`,
  });
}
