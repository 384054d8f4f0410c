import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { allows, type Policy } from './iam-policy.ts';
import { blocks, page, quoted, ROOT, rows } from './pages.ts';
import { roleTables, withTables } from './role-tables.ts';

interface Needed {
  resource: string;
  actions: string[];
}

const policy: Policy = JSON.parse(await readFile('docs/deployer-policy.json', 'utf8'));
const needed: { commands: Needed[]; types: Record<string, Needed[]> } = JSON.parse(
  await readFile('test/docs/deployment-permissions.json', 'utf8'),
);

const missing = (rows: Needed[], from: Policy = policy) =>
  rows.flatMap(({ resource, actions }) =>
    actions.filter((action) => !allows(from, action, resource)).map((action) => `${action} on ${resource}`),
  );

/** IAM's limit for a managed policy, without white space (IAM user guide, quotas). */
const POLICY_CHARACTERS_MAX = 6_144;

describe("the deployer's policy", () => {
  test('fits into one managed policy, for the longest name of a stage too', () => {
    const longest = JSON.stringify(policy).replaceAll('spillway-prod', `spillway-${'x'.repeat(16)}`);
    expect(longest.length).toBeLessThanOrEqual(POLICY_CHARACTERS_MAX);
  });

  test('allows what serverless calls itself', () => {
    expect(missing(needed.commands)).toEqual([]);
  });

  test.each(Object.entries(needed.types))('allows what CloudFormation asks for %s', (_type, rows) => {
    expect(missing(rows)).toEqual([]);
  });

  test('would be too small without any one of its statements', () => {
    const all = [...needed.commands, ...Object.values(needed.types).flat()];
    for (const { Sid } of policy.Statement) {
      const less = { ...policy, Statement: policy.Statement.filter((statement) => statement.Sid !== Sid) };
      expect([Sid, missing(all, less).length > 0]).toEqual([Sid, true]);
    }
  });

  test('reaches no other stage, function, role, queue or table', () => {
    const others: [string, string][] = [
      [
        'cloudformation:DeleteStack',
        'arn:aws:cloudformation:eu-central-1:111122223333:stack/spillway-test/1',
      ],
      ['lambda:DeleteFunction', 'arn:aws:lambda:eu-central-1:111122223333:function:billing'],
      ['iam:PutRolePolicy', 'arn:aws:iam::111122223333:role/Admin'],
      ['iam:PassRole', 'arn:aws:iam::111122223333:role/Admin'],
      ['iam:AttachRolePolicy', 'arn:aws:iam::111122223333:role/spillway-prod-IngestRole-1'],
      ['sqs:DeleteQueue', 'arn:aws:sqs:eu-central-1:111122223333:orders'],
      ['dynamodb:DeleteTable', 'arn:aws:dynamodb:eu-central-1:111122223333:table/spillway-test-Table-1'],
      ['dynamodb:PutItem', 'arn:aws:dynamodb:eu-central-1:111122223333:table/spillway-prod-Table-1'],
      ['s3:GetObject', 'arn:aws:s3:::spillway-prod-bucketlanding-1abc/a.csv'],
      ['logs:DeleteLogGroup', 'arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/billing'],
    ];
    for (const [action, resource] of others)
      expect([action, allows(policy, action, resource)]).toEqual([action, false]);
  });
});

describe('docs/iam.md', () => {
  test('tells of every role of the stack as it is; npm run docs writes it', async () => {
    const { text } = await page('docs/iam.md');
    expect(withTables(text, await roleTables(ROOT))).toBe(text);
  });

  test('would be stale with one action more', async () => {
    const { text } = await page('docs/iam.md');
    expect(text.replace('`sqs:DeleteMessage`', '`sqs:DeleteMessage` `sqs:PurgeQueue`')).not.toBe(text);
  });
});

test('the boundary that docs/iam.md shows lets every role do what it needs', async () => {
  const shown = blocks(await page('docs/iam.md'), 'json')[0] ?? '';
  const boundary: Policy = JSON.parse(shown);
  const { text } = await page('docs/iam.md');
  const actions = rows(text.slice(text.indexOf('<!-- roles')))
    .filter((row) => row.length === 3)
    .flatMap(([, second = '']) => quoted(second));
  expect(actions.length).toBeGreaterThan(30);
  const role = 'arn:aws:iam::111122223333:role/spillway-prod-SchedulerRole-1';
  expect(actions.filter((action) => !allows(boundary, action, role))).toEqual([]);
});
