import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Hono } from 'hono';
import type { ApiOptions } from '../../src/api/api.ts';
import { createApp } from '../../src/api/app.ts';
import type { Ports } from '../../src/service/ports.ts';
import { START, type TestHome, testHome } from '../queries/home.ts';

/** The API without guards over the real service, and a check of every answer against the API's own document. */
export async function apiHome(options: Partial<ApiOptions> = {}, replaced: Partial<Ports> = {}) {
  const home: TestHome = await testHome(replaced);
  let flushes = 0;
  const app = createApp({
    sources: home.sources,
    service: home.service,
    version: '0.1.0',
    startedAt: START,
    guards: [],
    newFlushId: () => {
      flushes += 1;
      return `made-${flushes}`;
    },
    ...options,
  });
  const document = (await (await app.request('/openapi.json')).json()) as OpenApi;
  return { home, app, document, ...asker(app, document) };
}

/** Asks and returns status and JSON, after checking that the document says so. */
function asker(app: Hono, document: OpenApi) {
  const check = conformance(document);

  async function ask(path: string, init: RequestInit = {}) {
    const response = await app.request(path, init);
    const text = await response.text();
    check(init.method ?? 'GET', path, response, text);
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers that the document has just vouched for
    return { status: response.status, headers: response.headers, body: JSON.parse(text) as any };
  }

  return {
    get: (path: string, headers: Record<string, string> = {}) => ask(path, { headers }),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

export interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content: Record<string, { schema: object }> }>;
}

/** Throws when an answer is not what the document says of its path, method, status and media type. */
export function conformance(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'doc', components: closed(rebased(document.components)) as object });
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

  return (method: string, path: string, response: Response, text: string) => {
    const { pathname } = new URL(path, 'http://x');
    if (response.status === 404 && JSON.parse(text).code === 'no-such-path') return;
    const paths = Object.keys(document.paths);
    // A flush id may have slashes; where another path fits as it is, that one is meant.
    const known =
      paths.find((each) => patternOf(each, '[^/]+').test(pathname)) ??
      paths.find((each) => patternOf(each, '.+').test(pathname));
    const operation = known && document.paths[known]?.[method.toLowerCase()];
    if (!operation) throw new Error(`${method} ${path} is not in the document`);
    const media = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const schema = operation.responses[String(response.status)]?.content[media]?.schema;
    if (!schema)
      throw new Error(`${method} ${path}: ${response.status} ${media} is not in the document: ${text}`);
    const id = `${method} ${known} ${response.status}`;
    const validate = compiled.get(id) ?? ajv.compile(closed(rebased(schema)) as object);
    compiled.set(id, validate);
    if (!validate(JSON.parse(text))) throw new Error(`${id}: ${ajv.errorsText(validate.errors)} in ${text}`);
  };
}

function patternOf(path: string, value: string): RegExp {
  const escaped = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, value);
  return new RegExp(`^${escaped}$`);
}

function rebased(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"doc#/components'));
}

/** The same schema, but refusing fields that it does not name: an undocumented field is a fault. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in inner && inner.type === 'object' ? { ...inner, additionalProperties: false } : inner;
}
