import { glob, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { leafCommands } from './commands.ts';
import { allows, type Policy } from './iam-policy.ts';
import { page, quoted, rows, section } from './pages.ts';

const policy: Policy = JSON.parse(await readFile('docs/operator-policy.json', 'utf8'));

/** What IAM calls the clients of the SDK, where the names differ. */
const SERVICES: Record<string, string> = { sfn: 'states', eventbridge: 'events' };
/** Actions that are not called like their command. */
const ACTIONS: Record<string, string> = {
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  's3:GetBucketNotificationConfiguration': 's3:GetBucketNotification',
};
/** Nobody can be refused it (IAM user guide). */
const ALWAYS = ['sts:GetCallerIdentity'];

/** The actions that the commands call AWS for, beside the API. */
async function calledActions(): Promise<string[]> {
  const found = new Set<string>();
  for await (const file of glob('src/{cli,stage,doctor,dead-letters}/**/*.ts')) {
    const text = await readFile(file, 'utf8');
    for (const [, names = '', client = ''] of text.matchAll(
      /import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9]+)'/g,
    )) {
      for (const [, command, paged] of names.matchAll(/\b(?:([A-Z]\w+)Command|paginate(\w+))\b/g)) {
        const action = `${SERVICES[client] ?? client}:${command ?? paged}`;
        found.add(ACTIONS[action] ?? action);
      }
    }
  }
  return [...found].filter((action) => !ALWAYS.includes(action));
}

test("the operator's policy has every action that a command calls AWS for, and no other", async () => {
  const called = await calledActions();
  expect(called.length).toBeGreaterThan(10);
  const granted = policy.Statement.flatMap(({ Action }) => Action);
  expect([...new Set(granted)].sort()).toEqual([...called, 'execute-api:Invoke'].sort());
});

test("the operator's policy reaches dead letters, and not the messages that are on their way", () => {
  const queue = 'arn:aws:sqs:eu-central-1:111122223333:spillway-prod-ingest';
  expect(allows(policy, 'sqs:ReceiveMessage', `${queue}-dlq`)).toBe(true);
  expect(allows(policy, 'sqs:ReceiveMessage', queue)).toBe(false);
  expect(allows(policy, 'sqs:DeleteMessage', queue)).toBe(false);
  expect(allows(policy, 'sqs:SendMessage', queue)).toBe(true);
});

test('docs/iam.md says of every command that knows a stage, and of every statement, what belongs together', async () => {
  const table = rows(section(await page('docs/iam.md'), '## Who operates'));
  const named = table.flatMap(([commands = '']) => quoted(commands));
  const elsewhere = ['start', 'put', 'routes check', 'cron next', 'cost', 'completion', 'help', '__complete'];
  expect([...named].sort()).toEqual(
    leafCommands()
      .filter((name) => !elsewhere.includes(name))
      .sort(),
  );
  const statements = table.flatMap(([, second = '']) => quoted(second));
  const sids = policy.Statement.map(({ Sid }) => Sid);
  expect(sids.filter((sid) => !statements.some((each) => sid.startsWith(each)))).toEqual([]);
});
