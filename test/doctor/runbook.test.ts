import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { alarms } from '../../infra/alarms.ts';
import { readStack } from '../../infra/stack.ts';

const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');

test('docs/operations.md says of every alarm what to do', async () => {
  const stack = await readStack({
    stage: 'prod',
    routesFile: 'test/e2e/routes.yml',
    pipelinesFolder: 'pipelines',
  });
  const names = Object.keys(alarms(stack)).map((id) => id.replace(/Alarm$/, ''));
  expect(names.length).toBeGreaterThan(8);
  const general = names.map((name) =>
    name
      .replace(/^IngestQueue.+Age$/, 'IngestQueue<Route>Age')
      .replace(/^StateMachine.+Failed$/, 'StateMachine<Pipeline>Failed'),
  );
  for (const name of new Set(general)) expect(page).toContain(`| \`${name}\` | `);
});
