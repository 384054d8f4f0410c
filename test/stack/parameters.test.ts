import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkParameters, PARAMETERS, ParametersInvalidError } from '../../infra/parameters.ts';

const file = readFileSync(join(import.meta.dirname, '../../serverless.yml'), 'utf8');
// Tags such as !GetAtt are CloudFormation's; nothing here looks at them.
const { params } = parse(file, { logLevel: 'error' }) as {
  params: Record<string, Record<string, unknown>>;
};
const defaults = params.default ?? {};

describe('parameters', () => {
  test('of serverless.yml are all read, and its defaults can be deployed', () => {
    expect(Object.keys(defaults).sort()).toEqual([...PARAMETERS].sort());
    expect(checkParameters(defaults)).toMatchObject({ table: '', tracing: 'pipelines', timeout: 60 });
    expect(checkParameters({ ...defaults, ...params.e2e })).toMatchObject({ visibility: 12, receives: 3 });
  });

  test('come from the command line as text', () => {
    const given = { timeout: '90', window: '5', deletionProtection: 'true', logRetentionDays: '365' };
    expect(checkParameters({ ...defaults, ...given })).toMatchObject({
      timeout: 90,
      window: 5,
      deletionProtection: true,
      logRetentionDays: 365,
    });
  });

  test.each([
    ['timeout', '901', /timeout is "901"; expected a whole number from 1 to 900 \(seconds\)/],
    ['timeout', '1.5', /expected a whole number/],
    ['window', '0', /window is "0"; expected a whole number from 1 to 300/],
    ['logRetentionDays', '45', /logRetentionDays is "45"; expected one of 1, 3, 5, 7, 14, 30,/],
    ['logKeys', 'no', /logKeys is "no"; expected true or false/],
    ['email', 'me', /email is "me"; expected an e-mail address/],
    ['eventBus', 'arn:aws:events:eu-central-1:1:event-bus/mine', /expected the name of a bus/],
    ['table', 'arn:aws:dynamodb:eu-central-1:1:table/mine', /table is ".*"; expected the name of a DynamoDB/],
    ['abandon', 'yes', /abandon is "yes"; expected true or false/],
    ['architecture', 'x64', /architecture is "x64"; expected arm64 or x86_64/],
    ['receives', '0', /receives is "0"; expected a whole number from 1 to 1000/],
    ['visibility', 'long', /visibility is "long"; expected auto, or/],
    ['visibility', '59', /visibility is "59"; expected at least the timeout of 60 seconds/],
    ['reconcileEvery', 'rate(5 minute)', /expected rate\(1 minute\), or minutes up to 60/],
    ['reconcileEvery', 'rate(2 hours)', /reconcileEvery is/],
    ['reconcileEvery', 'rate(0 minutes)', /reconcileEvery is/],
    ['tracing', 'true', /tracing is "true"; expected pipelines, all or none/],
    ['apiBurst', '-1', /apiBurst is "-1"/],
  ])('%s %j is refused before anything is packaged, with what was expected', (name, value, message) => {
    expect(() => checkParameters({ ...defaults, [name]: value })).toThrow(ParametersInvalidError);
    expect(() => checkParameters({ ...defaults, [name]: value })).toThrow(message);
  });

  test('are all named where several are wrong', () => {
    const wrong = { ...defaults, timeout: 0, email: 'x', table: 'a b' };
    expect(() => checkParameters(wrong)).toThrow(
      expect.objectContaining({ parameters: ['email', 'table', 'timeout'] }),
    );
  });
});
