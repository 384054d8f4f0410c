import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiHome, type OpenApi } from './api-home.ts';

let api: Awaited<ReturnType<typeof apiHome>>;
let document: OpenApi;
beforeAll(async () => {
  api = await apiHome();
  document = api.document;
});
afterAll(() => api.home.remove());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('/openapi.json', () => {
  test('describes every route of the app, and no other', () => {
    const described = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const served = api.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/openapi.json')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`);
    expect(described.toSorted()).toEqual([...new Set(served)].toSorted());
    expect(described).toHaveLength(12);
  });

  test('is OpenAPI 3.1 whose references all lead somewhere', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(document.components.schemas).toHaveProperty(reference.slice('#/components/schemas/'.length));
    }
  });

  test('has schemas that compile as JSON Schema 2020-12', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const text = JSON.stringify({ $id: 'doc', components: document.components });
    ajv.addSchema(JSON.parse(text.replaceAll('"#/components', '"doc#/components')));
    for (const name of Object.keys(document.components.schemas))
      expect(ajv.getSchema(`doc#/components/schemas/${name}`), name).toBeTypeOf('function');
  });

  test('gives every operation a name of its own, a summary, all its path parameters and its problems', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, operation } of operations()) {
      expect(operation.summary, path).toMatch(/\w/);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared =
        operation.parameters?.filter((each) => each.in === 'path').map(({ name }) => name) ?? [];
      expect(declared).toEqual(inPath);
      const problems = Object.entries(operation.responses).filter(([status]) => status !== '200');
      expect(problems.length).toBeGreaterThan(1);
      for (const [, { content }] of problems)
        expect(Object.keys(content)).toEqual(['application/problem+json']);
    }
  });

  test('is checked against by these tests: an answer that is not as described is noticed', async () => {
    const wrong = await apiHome({ version: 7 as unknown as string });
    await expect(wrong.get('/v1/health')).rejects.toThrow('version must be string');
    await wrong.home.remove();
  });
});
