import type { LambdaEvent } from 'hono/aws-lambda';
import { describe, expect, test } from 'vitest';
import { apiOf } from '../../handlers/api.ts';
import { files, memoryHome, START } from '../service/memory-home.ts';
import { quietHome } from './home.ts';

const CALLER = 'arn:aws:sts::111122223333:assumed-role/Operators/ana';

describe('api', () => {
  test('answers a signed request', async () => {
    const { ask } = await openApi();
    const { status, body } = await ask('GET', '/v1/windows', { rawQueryString: 'route=sales' });
    expect(status).toBe(200);
    expect(body.windows).toMatchObject([{ route: 'sales', count: 3 }]);
  });

  test('flushes in the name of the IAM principal, whoever the request says it is', async () => {
    const { ask, home } = await openApi();
    const asked = { route: 'sales', flushId: 'f-1', who: 'somebody else' };
    const { status, body } = await ask('POST', '/v1/flushes', { body: JSON.stringify(asked) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ batches: 1, events: 3, flush: { who: CALLER } });
    expect((await home.batches())[0]?.by).toEqual({ flushId: 'f-1', who: CALLER });
  });

  test('takes a body that the HTTP API encoded', async () => {
    const { ask } = await openApi();
    const text = Buffer.from(JSON.stringify({ route: 'sales', dryRun: true })).toString('base64');
    const { status, body } = await ask('POST', '/v1/flushes', { body: text, isBase64Encoded: true });
    expect([status, body.dryRun]).toEqual([200, true]);
  });

  test('says what is wrong with a request as the laptop does', async () => {
    const { ask } = await openApi();
    expect((await ask('GET', '/v1/nothing')).status).toBe(404);
    expect((await ask('POST', '/v1/flushes', { body: '{' })).status).toBe(400);
    expect((await ask('POST', '/v1/flushes', { body: '{"route":"sells"}' })).status).toBe(404);
    expect((await ask('GET', '/v1/stream')).status).toBe(501);
  });

  test('tells its version, and nothing of its insides when something breaks', async () => {
    const { ask, home } = await openApi();
    expect((await ask('GET', '/v1/health')).body).toMatchObject({ product: 'spillway', status: 'ok' });
    home.ports.projections.partitions = async () => {
      throw new Error('secret detail');
    };
    const { status, body } = await ask('GET', '/v1/windows');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret detail');
  });
});

async function openApi() {
  const home = memoryHome();
  const service = home.process();
  await service.append(files(3));
  const { limits } = home.routes.policy!;
  const facts = {
    name: 'sales',
    bucket: 'landing',
    prefix: 'in/',
    suffixes: [],
    limits,
    pipeline: 'process-files',
    stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:process-files',
    policyVersion: 'v',
    schedules: [],
    countsFolderMarkers: false,
  };
  const sources = {
    ports: home.ports,
    router: { route: () => null, policy: () => home.routes.policy, names: () => ['sales'] },
    routes: [facts],
    clock: { now: () => START },
    nearest: () => null,
    reconcileEveryMs: 300_000,
  };
  const answer = apiOf({ sources, service, logger: quietHome().logger });
  const ask = async (method: string, path: string, more: Partial<HttpEvent> = {}) => {
    const { statusCode, body } = await answer(httpEvent(method, path, more) as LambdaEvent);
    return { status: statusCode, body: JSON.parse(body) };
  };
  return { home, ask };
}

type HttpEvent = ReturnType<typeof httpEvent>;

/** What an HTTP API with an IAM authorizer sends (payload format 2.0). */
function httpEvent(method: string, path: string, more: object = {}) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      accept: 'application/json',
      authorization: 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261123/eu-central-1/execute-api/…',
      'content-type': 'application/json',
      host: 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com',
      'x-amz-security-token': 'IQoJb3JpZ2luX2VjEXAMPLE',
    },
    requestContext: {
      accountId: '111122223333',
      apiId: 'a1b2c3d4e5',
      authentication: null,
      authorizer: {
        iam: {
          accessKey: 'ASIAIOSFODNN7EXAMPLE',
          accountId: '111122223333',
          callerId: 'AROAEXAMPLE:ana',
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: CALLER,
          userId: 'AROAEXAMPLE:ana',
        },
      },
      domainName: 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'a1b2c3d4e5',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'spillway' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '23/Nov/2026:08:00:00 +0000',
      timeEpoch: 1_795_420_800_000,
    },
    body: undefined as string | undefined,
    isBase64Encoded: false,
    ...more,
  };
}
