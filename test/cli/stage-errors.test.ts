import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsError } from '../../src/stage/errors.ts';
import { outputOf } from '../../src/stage/stage.ts';
import { run } from './spawned.ts';

const CONFIG = `[profile lake]
sso_session = lake
sso_account_id = 111122223333
sso_role_name = ops
[sso-session lake]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1
[profile careful]
role_arn = arn:aws:iam::111122223333:role/ops
source_profile = base
mfa_serial = arn:aws:iam::111122223333:mfa/u
[profile base]
aws_access_key_id = a
aws_secret_access_key = b
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-profiles-'));
  await writeFile(join(folder, 'config'), CONFIG);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const windows = (env: Record<string, string>) =>
  run(['windows', '--stage', 'prod'], {
    env: {
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: 'eu-central-1',
      // Nothing listens there: no test may reach an account.
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      ...env,
    },
  });

test.each([
  { profile: 'lake', said: /SSO session .* not found or is invalid.*aws sso login/ },
  { profile: 'careful', said: /requires multi-factor authentication/ },
  { profile: 'nope', said: /for the profile "nope"/ },
])('credentials that cannot be had say why: profile $profile', async ({ profile, said }) => {
  const { code, stdout, stderr } = await windows({ AWS_PROFILE: profile });
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr).toMatch(said);
});

test('a region that is none is a wrong command line', async () => {
  const env = { AWS_REGION: 'eu central', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const { code, stderr } = await windows({ ...env, AWS_ENDPOINT_URL: '' });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'error: "eu central" is no AWS region. Set AWS_REGION to one such as eu-central-1.\n',
  });
});

test.each([
  { status: 'REVIEW_IN_PROGRESS', said: '"spillway doctor --stage prod" says what to type' },
  { status: 'ROLLBACK_COMPLETE', said: '"spillway doctor --stage prod" says what to type' },
  { status: 'CREATE_IN_PROGRESS', said: 'try again when that has ended' },
  { status: 'UPDATE_COMPLETE', said: 'npx serverless deploy --stage prod' },
])('a stack without its outputs at $status says what it wants', ({ status, said }) => {
  const stage = { name: 'prod', stack: 'spillway-prod', status, account: '1', region: 'r', outputs: {} };
  expect(() => outputOf(stage, 'ApiUrl')).toThrow(`stands at ${status} and has no output "ApiUrl"`);
  expect(() => outputOf(stage, 'ApiUrl')).toThrow(said);
});

test('a secret in no error: what the SDK keeps of a request is not shown', () => {
  const refused = Object.assign(new Error('The security token included in the request is expired'), {
    name: 'ExpiredTokenException',
    $metadata: { headers: { 'x-amz-security-token': 'secret' } },
  });
  const told = awsError('the description of stack x', refused);
  expect(told.name).toBe('AccessRefusedError');
  expect(`${told.message} ${told.stack}`).not.toContain('secret');
  expect(told.message).toContain('is expired');
});
