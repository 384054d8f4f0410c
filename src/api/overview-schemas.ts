import * as z from 'zod';
import { instant, limits, SCHEMA_VERSION, tick } from './schemas.ts';

/** What there is and how it does: routes and health. */

const schemaVersion = z.literal(SCHEMA_VERSION);
const count = z.int().min(0);
const place = z.object({ bucket: z.string(), prefix: z.string() });

export const route = z
  .object({
    name: z.string(),
    configured: z.boolean().meta({ description: 'False when it only has windows or batches from earlier' }),
    bucket: z.string().optional(),
    prefix: z.string().optional(),
    suffixes: z.array(z.string()),
    limits: limits.optional(),
    pipeline: z.string().optional(),
    stateMachineArn: z.string().optional().meta({ description: 'Of the pipeline' }),
    output: place.optional(),
    policyVersion: z.string().optional(),
    nextTicks: z.array(tick),
    partitions: count.meta({ description: 'Registered partitions' }),
    openWindows: count,
  })
  .meta({ id: 'Route' });

export const routesResponse = z
  .object({ schemaVersion, routes: z.array(route) })
  .meta({ id: 'RoutesResponse' });

export const healthResponse = z
  .object({
    schemaVersion,
    status: z.enum(['ok', 'degraded']),
    product: z.literal('spillway'),
    version: z.string(),
    now: instant,
    startedAt: instant,
    routes: count,
    problems: z
      .array(z.string())
      .meta({ description: 'What does not work at the moment, one sentence each' }),
  })
  .meta({ id: 'HealthResponse' });

export type Route = z.infer<typeof route>;
