import { Hono } from 'hono';
import { batch, batchFiles, batchTrace } from '../queries/batch.ts';
import { batches } from '../queries/batches.ts';
import { cursorOf, readCursor } from '../queries/cursor.ts';
import { routes } from '../queries/routes.ts';
import { where } from '../queries/where.ts';
import { why } from '../queries/why.ts';
import { windows } from '../queries/windows.ts';
import { whereResponse, whyResponse } from './answer-schemas.ts';
import { fileRow, flushRow, foundBatch, iso, listedBatch, routeRow, traceRow, windowRow } from './answers.ts';
import type { ApiOptions } from './api.ts';
import { described } from './described.ts';
import { whereAnswer, whyAnswer } from './explanations.ts';
import { addressOf } from './file-uri.ts';
import { healthResponse, routesResponse } from './overview-schemas.ts';
import { batchesQuery, pageQuery, whereQuery, whyQuery, windowsQuery } from './request-schemas.ts';
import {
  batchesResponse,
  batchResponse,
  filesResponse,
  SCHEMA_VERSION,
  traceResponse,
  windowsResponse,
} from './schemas.ts';
import { query } from './validate.ts';

const schemaVersion = SCHEMA_VERSION;

/** The questions: nothing here changes anything. */
export function reading(options: ApiOptions): Hono {
  const app = new Hono();
  overview(app, options);
  batchQuestions(app, options);
  explanations(app, options);
  return app;
}

function overview(app: Hono, { sources, version, startedAt, problems }: ApiOptions): void {
  app.get('/health', described('health', 'Whether all is well', healthResponse), async (c) => {
    const found = (await problems?.()) ?? [];
    const status = found.length === 0 ? 'ok' : 'degraded';
    return c.json({
      schemaVersion,
      product: 'spillway',
      version,
      status,
      now: iso(sources.clock.now()),
      startedAt: iso(startedAt),
      routes: sources.routes.length,
      problems: found,
    });
  });

  app.get('/routes', described('routes', 'Routes and their policies', routesResponse), async (c) => {
    return c.json({ schemaVersion, routes: (await routes(sources)).map(routeRow) });
  });

  app.get(
    '/windows',
    described('windows', 'Open windows, read from the log', windowsResponse, { 400: 'Not as expected' }),
    query(windowsQuery),
    async (c) => {
      const { now, windows: found, total, nextCursor } = await windows(sources, c.req.valid('query'));
      const rows = found.map((each) => windowRow(each, now));
      return c.json({ schemaVersion, now: iso(now), windows: rows, total, nextCursor });
    },
  );
}

function batchQuestions(app: Hono, { sources }: ApiOptions): void {
  const refusals = { 400: 'Not as expected', 404: 'No such batch' };

  app.get(
    '/batches',
    described('batches', 'Batches, newest first', batchesResponse, { 400: 'Not as expected' }),
    query(batchesQuery),
    async (c) => {
      const { reason, status, since, until, ...rest } = c.req.valid('query');
      const times = { since: msOf(since), until: msOf(until) };
      const found = await batches(sources, { ...rest, ...times, reasons: reason, statuses: status });
      return c.json({ schemaVersion, batches: found.batches.map(listedBatch), nextCursor: found.nextCursor });
    },
  );

  app.get('/batches/:id', described('batch', 'One batch', batchResponse, refusals), async (c) => {
    const found = await batch(sources, c.req.param('id'));
    return c.json({
      schemaVersion,
      batch: foundBatch(found),
      firstFile: fileRow(found.first),
      lastFile: fileRow(found.last),
      flush: found.flush === null ? undefined : flushRow(found.flush),
      output: jsonOf(found.execution?.output),
    });
  });

  app.get(
    '/batches/:id/files',
    described('batchFiles', 'The files of a batch, in commit order', filesResponse, refusals),
    query(pageQuery),
    async (c) => {
      const id = c.req.param('id');
      const { limit, cursor } = c.req.valid('query');
      const position = startOf(cursor);
      const { count, files } = await batchFiles(sources, id, { position, limit });
      const next = position + files.length;
      const nextCursor = files.length > 0 && next < count ? cursorOf(next) : null;
      return c.json({ schemaVersion, batch: id, count, files: files.map(fileRow), nextCursor });
    },
  );

  app.get(
    '/batches/:id/trace',
    described('batchTrace', "A batch's execution, step by step", traceResponse, refusals),
    query(pageQuery),
    async (c) => {
      const id = c.req.param('id');
      const { limit, cursor } = c.req.valid('query');
      const from = startOf(cursor);
      const { status, entries, more, dropped } = await batchTrace(sources, id, { from, limit });
      const nextCursor = more ? cursorOf(from + entries.length) : null;
      const rows = entries.map(traceRow);
      return c.json({ schemaVersion, batch: id, status, entries: rows, dropped, nextCursor });
    },
  );
}

function explanations(app: Hono, { sources }: ApiOptions): void {
  app.get(
    '/why',
    described('why', 'Why a window has not closed', whyResponse, { 400: 'Not as expected' }),
    query(whyQuery),
    async (c) => {
      const { route, partition } = c.req.valid('query');
      return c.json(whyAnswer(await why(sources, route, partition)));
    },
  );

  app.get(
    '/where',
    described('where', 'Where a file is: event, batch, execution, result', whereResponse, {
      400: 'Not as expected',
    }),
    query(whereQuery),
    async (c) => c.json(whereAnswer(await where(sources, addressOf(c.req.valid('query'))))),
  );
}

function startOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const { rank } = readCursor(cursor, 0);
  return Math.max(0, Math.trunc(rank));
}

function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function msOf(instant: string | undefined): number | undefined {
  return instant === undefined ? undefined : Date.parse(instant);
}
