import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { alarms } from '../../infra/alarms.ts';
import { outputs } from '../../infra/outputs.ts';
import { readStack } from '../../infra/stack.ts';
import { page, quoted, rows, section } from './pages.ts';

const serverless = await readFile('serverless.yml', 'utf8');
const deploying = await page('docs/deploy.md');
const runbook = await page('docs/operations.md');
const stack = await readStack({
  stage: 'prod',
  routesFile: 'test/e2e/routes.yml',
  pipelinesFolder: 'pipelines',
});

describe('docs/deploy.md', () => {
  const parameters: Record<string, unknown> = parse(serverless, { logLevel: 'silent' }).params.default;
  const table = rows(section(deploying, '## Parameters'));

  test('has every parameter of serverless.yml and no other', () => {
    expect(table.flatMap(([names = '']) => quoted(names)).sort()).toEqual(Object.keys(parameters).sort());
  });

  test('gives their defaults', () => {
    for (const [names = '', defaults = ''] of table) {
      const shown = defaults.split(',').map((each) => each.trim().replaceAll('`', ''));
      const real = quoted(names).map((name) => String(parameters[name]));
      // An empty one is told in words.
      if (real.every((value) => value !== '')) expect([names, shown]).toEqual([names, real]);
    }
  });

  test('has every output of the stack and no other', () => {
    const general = Object.keys(outputs(stack, 'default')).map((name) =>
      name.replace(/^Bucket.+/, 'Bucket<Name>').replace(/^StateMachine.+Arn$/, 'StateMachine<Pipeline>Arn'),
    );
    const shown = rows(section(deploying, '## Outputs')).flatMap(([names = '']) => quoted(names));
    expect([...shown].sort()).toEqual([...new Set([...general, 'Version'])].sort());
  });
});

describe('docs/operations.md', () => {
  test('has every alarm of the stack and no other', () => {
    const general = Object.keys(alarms(stack, { reconcileMinutes: 5 })).map((id) =>
      id
        .replace(/Alarm$/, '')
        .replace(/^IngestQueue.+Age$/, 'IngestQueue<Route>Age')
        .replace(/^StateMachine.+?(Failed|TimedOut)$/, 'StateMachine<Pipeline>$1'),
    );
    const shown = rows(section(runbook, '## Alarms')).flatMap(([name = '']) => quoted(name));
    expect([...shown].sort()).toEqual([...new Set(general)].sort());
  });

  test('has every metric that is written and no other', async () => {
    const source = await readFile('src/metrics.ts', 'utf8');
    const named = (type: string) => new RegExp(`type ${type} =([^;]+);`).exec(source)?.[1] ?? '';
    const written = [...`${named('CountName')} ${named('ValueName')}`.matchAll(/'(\w+)'/g)].map(
      ([, name]) => name,
    );
    const byReason = [...source.matchAll(/'(BatchesBy\w+)'/g)].map(([, name]) => name);
    const shown = rows(section(runbook, '## Metrics and logs')).flatMap(([names = '']) => quoted(names));
    expect(written.length).toBeGreaterThan(10);
    expect([...shown].sort()).toEqual([...new Set([...written, ...byReason])].sort());
  });
});
