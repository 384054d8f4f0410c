import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { stepLogs } from '../../infra/pipelines.ts';
import { packageStack } from './package-stack.ts';
import { ofType } from './template.ts';

const PACKAGE_MS_MAX = 180_000;

test('steps log as AWS likes where keys may stand in logs', async () => {
  expect(stepLogs(true)).toEqual({ logFormat: 'Text' });
  const { params } = parse(await readFile('serverless.yml', 'utf8'), { logLevel: 'silent' });
  expect(params.default.logKeys).toBe('true');
});

test(
  'errors of steps, which name files, stay out of the log with keys',
  async () => {
    const stack = await packageStack('test/stack/routes.yml', { logKeys: 'false' });
    await stack.remove();
    const functions = ofType(stack.template, 'AWS::Lambda::Function');
    const quiet = functions.filter(([, { Properties }]) => {
      const { LogFormat, ApplicationLogLevel } = Properties.LoggingConfig ?? {};
      return LogFormat === 'JSON' && ApplicationLogLevel === 'FATAL';
    });
    expect(quiet.map(([, { Properties }]) => Properties.FunctionName).sort()).toEqual([
      'spillway-test-check-file-extensions',
      'spillway-test-collect-results',
      'spillway-test-count-files-count-files',
      'spillway-test-process-csv',
    ]);
  },
  PACKAGE_MS_MAX,
);
