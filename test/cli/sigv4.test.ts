import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../src/cli/client/client.ts';
import { askFlush, askWhere, askWhy, askWindows } from '../../src/cli/client/endpoints.ts';
import { regionIn, signatureFor } from '../../src/cli/client/sigv4.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { followByLooking, type Heard } from '../../src/cli/polling.ts';
import { targetOf } from '../../src/cli/target.ts';
import { signatureFault } from './signature.ts';
import { REGION, SECRET, signedApi } from './signed-api.ts';

let api: Awaited<ReturnType<typeof signedApi>>;

beforeAll(async () => {
  api = await signedApi();
});

afterAll(() => api.stop());

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
});

afterEach(() => vi.unstubAllEnvs());

const client = (url = api.url) => createClient({ url, authorize: signatureFor(REGION) });

describe('a signed request', () => {
  test('is taken by a gateway that reckons the signature itself', async () => {
    expect((await askWindows(client(), { limit: 10, sort: 'age' })).windows).toEqual([]);
  });

  test.each(['chapter10/plain.csv', "chapter10/a b+c%20d&e=f/ü*(1)!'~.csv", 'chapter10/\u{1f600}/#?.csv'])(
    'is taken whatever the query says: %s',
    async (key) => {
      expect(await askWhere(client(), { bucket: 'landing', key })).toMatchObject({ key, state: 'not-seen' });
    },
  );

  test('is taken with a body', async () => {
    const flush = { route: 'sales', flushId: 'f-1', note: 'für Zoë' };
    expect((await askFlush(client(), flush)).flush.note).toBe('für Zoë');
  });

  test('is refused with the exit code of credentials when the secret is another', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another');
    const refused = await askWhy(client(), 'sales', undefined).catch(failureOf);
    expect(refused).toMatchObject({ code: 'signature-refused', exitCode: 4 });
  });

  test('is refused when it was signed for another region', async () => {
    const elsewhere = createClient({ url: api.url, authorize: signatureFor('us-east-1') });
    expect(await askWindows(elsewhere, {}).catch(failureOf)).toMatchObject({ exitCode: 4 });
  });

  test('carries the token of credentials that expire', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'temporary');
    const url = new URL('https://a.execute-api.eu-central-1.amazonaws.com/v1/health?a=1');
    const headers = await signatureFor(REGION)({ method: 'GET', url, body: undefined });
    expect(headers['x-amz-security-token']).toBe('temporary');
    const header = (name: string) => (name === 'host' ? url.host : headers[name]);
    expect(signatureFault({ method: 'GET', url, body: '', header }, SECRET, REGION)).toBeNull();
    expect(signatureFault({ method: 'POST', url, body: '', header }, SECRET, REGION)).toBe('wrong');
  });

  test('without any credentials says how to come by some, and exits with 4', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    const refused = await askWindows(client(), {}).catch(failureOf);
    expect(refused).toMatchObject({ code: 'credentials-missing', exitCode: 4 });
  });
});

describe('an address', () => {
  test('may have a path of its own', async () => {
    const paths: string[] = [];
    const fetching: typeof fetch = async (url) => {
      paths.push(new URL(String(url)).pathname);
      return Response.json({});
    };
    const url = 'https://api.example.com/lake';
    const { get } = createClient({ url, authorize: async () => ({}), fetch: fetching });
    await get('/v1/health', {}, z.object({}));
    expect(paths).toEqual(['/lake/v1/health']);
  });

  test.each([
    ['https://a1b2.execute-api.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['https://a1b2.execute-api.cn-north-1.amazonaws.com.cn/x', 'cn-north-1'],
    ['https://lake.example.com', undefined],
    ['https://execute-api.eu-west-1.amazonaws.com.example.com', undefined],
  ])('of API Gateway tells its region: %s', (url, region) => {
    expect(regionIn(url)).toBe(region);
  });

  test('asked again is a throttled request, whatever it asks', async () => {
    const answers = [429, 429, 200];
    const throttled: typeof fetch = async () => Response.json({}, { status: answers.shift() ?? 500 });
    const { get } = createClient({ url: 'http://x', authorize: async () => ({}), fetch: throttled });
    await get('/v1/health', {}, z.object({}));
    expect(answers).toEqual([]);
  });
});

describe('whom a command talks to', () => {
  const gateway = 'https://a.execute-api.eu-central-1.amazonaws.com';
  const color = 'auto' as const;
  test.each([
    { options: {}, env: {}, target: { kind: 'server', url: 'http://127.0.0.1:4280' } },
    { options: { stage: 'prod' }, env: {}, target: { kind: 'stage', stage: 'prod' } },
    { options: {}, env: { SPILLWAY_STAGE: 'prod' }, target: { kind: 'stage', stage: 'prod' } },
    { options: { stage: 'prod' }, env: { SPILLWAY_URL: gateway }, target: { kind: 'stage', stage: 'prod' } },
    { options: { url: `${gateway}/` }, env: {}, target: { kind: 'signed', url: gateway } },
    { options: {}, env: { SPILLWAY_URL: gateway }, target: { kind: 'signed', url: gateway } },
    {
      options: { url: 'http://127.0.0.1:9/x/' },
      env: {},
      target: { kind: 'server', url: 'http://127.0.0.1:9/x' },
    },
    {
      options: { url: 'https://lake.example.com', stage: 'prod' },
      env: {},
      target: { kind: 'signed', url: 'https://lake.example.com' },
    },
    {
      options: { url: 'https://lake.example.com' },
      env: { SPILLWAY_STAGE: 'prod' },
      target: { kind: 'server', url: 'https://lake.example.com' },
    },
    {
      options: {},
      env: { SPILLWAY_URL: 'https://lake.example.com', SPILLWAY_STAGE: 'prod' },
      target: { kind: 'signed', url: 'https://lake.example.com' },
    },
    {
      options: { url: 'https://lake.example.com' },
      env: {},
      target: { kind: 'server', url: 'https://lake.example.com' },
    },
  ])('follows from options before environment: $options $env', ({ options, env, target }) => {
    expect(targetOf({ ...options, color }, env)).toEqual(target);
  });

  test.each([
    { url: 'http://a.execute-api.eu-central-1.amazonaws.com' },
    { url: 'http://lake.example.com', stage: 'prod' },
  ])('refuses to sign what would go unencrypted: $url', (options) => {
    expect(() => targetOf({ ...options, color }, {})).toThrow('unencrypted');
  });

  test.each(['', 'a b', '../x', 'prod;ls'])('is no stage called %j', (stage) => {
    expect(() => targetOf({ stage, color }, {})).toThrow('cannot be the name of a stage');
  });
});

describe('listening where there is no stream', () => {
  test('hears of windows, batches and executions, each once and in order', async () => {
    const { home } = api;
    const heard: Heard[] = [];
    let enough = () => {};
    const done = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const talk: string[] = [];
    const looking = followByLooking({
      client: client(),
      everyMs: 20,
      talk: (text) => talk.push(text),
      onMessage: async (message) => {
        heard.push(message);
        if (message.kind === 'execution-failed') enough();
        if (message.kind === 'batch-closed') {
          await home.executions.end(message.batch, { status: 'failed', error: 'BadRow', cause: 'line 3' });
        }
        if (message.kind === 'window-seen' && message.count === 2) {
          await home.service.append([await home.put('partners/acme/3.csv')]);
        }
        // Stops the loop: what it hands on is all that it can be stopped by.
        if (message.kind === 'execution-failed') throw new Error('heard enough');
      },
    }).catch((error: Error) => error.message);
    await vi.waitUntil(() => talk.length === 1);
    expect(talk[0]).toContain('no live stream');
    await home.service.append([await home.put('partners/acme/1.csv'), await home.put('partners/acme/2.csv')]);
    await done;
    expect(await looking).toBe('heard enough');
    const kinds = heard
      .filter((each) => 'partition' in each && each.partition === 'acme')
      .map(({ kind }) => kind);
    expect(kinds[0]).toBe('window-seen');
    expect(kinds.slice(1)).toEqual(['batch-closed', 'execution-started', 'execution-failed']);
    expect(heard.at(-1)).toMatchObject({ reason: 'count', count: 3, error: 'BadRow', cause: 'line 3' });
    expect(heard.map(({ id }) => id)).toEqual(heard.map((_, index) => index + 1));
  });
});
