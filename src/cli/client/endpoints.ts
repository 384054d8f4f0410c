import type * as z from 'zod';
import {
  flushPreview,
  flushResponse,
  flushStatusResponse,
  whereResponse,
  whyResponse,
} from '../../api/answer-schemas.ts';
import { healthResponse, routesResponse } from '../../api/overview-schemas.ts';
import type { FlushBodyInput } from '../../api/request-schemas.ts';
import {
  batchesResponse,
  batchResponse,
  filesResponse,
  traceResponse,
  windowsResponse,
} from '../../api/schemas.ts';
import type { Client, Query } from './client.ts';

/** The API's endpoints, one function each. They throw what the client throws. */

export type WindowsAnswer = z.infer<typeof windowsResponse>;
export type BatchesAnswer = z.infer<typeof batchesResponse>;
export type BatchAnswer = z.infer<typeof batchResponse>;
export type FilesAnswer = z.infer<typeof filesResponse>;
export type TraceAnswer = z.infer<typeof traceResponse>;
export type FlushDone = z.infer<typeof flushResponse>;
export type FlushPreview = z.infer<typeof flushPreview>;

export const STREAM_PATH = '/v1/stream';

export function askHealth(client: Client) {
  return client.get('/v1/health', {}, healthResponse);
}

export function askRoutes(client: Client) {
  return client.get('/v1/routes', {}, routesResponse);
}

export function askWindows(client: Client, query: Query): Promise<WindowsAnswer> {
  return client.get('/v1/windows', query, windowsResponse);
}

export function askBatches(client: Client, query: Query): Promise<BatchesAnswer> {
  return client.get('/v1/batches', query, batchesResponse);
}

export function askBatch(client: Client, id: string): Promise<BatchAnswer> {
  return client.get(`/v1/batches/${encodeURIComponent(id)}`, {}, batchResponse);
}

export function askFiles(client: Client, id: string, query: Query): Promise<FilesAnswer> {
  return client.get(`/v1/batches/${encodeURIComponent(id)}/files`, query, filesResponse);
}

export function askTrace(client: Client, id: string, query: Query): Promise<TraceAnswer> {
  return client.get(`/v1/batches/${encodeURIComponent(id)}/trace`, query, traceResponse);
}

export function askWhy(client: Client, route: string, partition: string | undefined) {
  return client.get('/v1/why', { route, partition }, whyResponse);
}

export function askWhere(client: Client, object: { bucket: string; key: string }) {
  return client.get('/v1/where', object, whereResponse);
}

/** Sent again after a broken connection: its id makes the repetition harmless. */
export function askFlush(client: Client, body: FlushBodyInput & { flushId: string }): Promise<FlushDone> {
  return client.post('/v1/flushes', { ...body, dryRun: false }, flushResponse, { repeatable: true });
}

/** The windows that a flush asked for earlier means, as far as its partitions were seen to. */
export function askFlushStatus(client: Client, id: string) {
  return client.get(`/v1/flushes/${encodeURIComponent(id)}`, {}, flushStatusResponse);
}

export function previewFlush(client: Client, body: FlushBodyInput): Promise<FlushPreview> {
  return client.post('/v1/flushes', { ...body, dryRun: true }, flushPreview, { repeatable: true });
}
