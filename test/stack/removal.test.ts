import { describe, expect, test } from 'vitest';
import { leftBehind, leftText } from '../../infra/left-behind.ts';
import type { Template } from '../../infra/osls.ts';
import { heldByLogs } from '../../infra/remove.ts';
import { type Held, refuseLoss, StageNotEmptyError } from '../../infra/still-held.ts';
import { files, memoryHome } from '../service/memory-home.ts';

const NOTHING: Held = { windows: [], running: [], queues: [], letters: [] };

describe('a removal', () => {
  test('of a stage that holds nothing is not refused', () => {
    refuseLoss('prod', NOTHING);
  });

  test.each<Partial<Held>>([
    { windows: [{ route: 'sales', partition: '', count: 1 }] },
    { running: [{ route: 'sales', batches: 1 }] },
    { queues: [{ name: 'spillway-prod-ingest', of: 'events', messages: 1 }] },
    { letters: [{ queue: 'commands', messages: 1 }] },
  ])('is refused for %j alone, and hands it over', (some) => {
    const held = { ...NOTHING, ...some };
    expect(() => refuseLoss('prod', held)).toThrow(expect.objectContaining({ stage: 'prod', held }));
  });

  test('that is refused says what would be lost, and what to type', () => {
    const held: Held = {
      windows: [
        { route: 'sales', partition: '', count: 75 },
        ...['a', 'b', 'c', 'd', 'e'].map((partition) => ({ route: 'partners', partition, count: 2 })),
      ],
      running: [
        { route: 'partners', batches: 1 },
        { route: 'sales', batches: 2 },
      ],
      queues: [
        { name: 'spillway-prod-ingest-hot', of: 'events', messages: 12 },
        { name: 'spillway-prod-commands', of: 'commands', messages: 1 },
      ],
      letters: [{ queue: 'ingest', messages: 3 }],
    };
    const error = new StageNotEmptyError('prod', held);
    expect(error.name).toBe('StageNotEmptyError');
    expect(error.message.split('\n')).toEqual([
      'spillway-prod holds what would be lost with it. Nothing was removed.',
      '6 open windows with 85 events: sales (75), partners/a (2), partners/b (2), partners/c (2), partners/d (2) and ' +
        '1 more. Nothing would close them. Stop what writes the files, then drain:',
      '  npx spillway drain partners --stage prod',
      '  npx spillway drain sales --stage prod',
      '3 running batches, whose steps would go. See when they end:',
      '  npx spillway batches --route partners --stage prod',
      '  npx spillway batches --route sales --stage prod',
      'About 12 messages in the queue spillway-prod-ingest-hot: events that no window holds yet. Wait until it is empty:',
      '  npx spillway doctor --stage prod',
      'About 1 message in the queue spillway-prod-commands: commands, not carried out yet. Wait until it is empty:',
      '  npx spillway doctor --stage prod',
      'About 3 dead letters of the queue ingest. Look at them, send them back or discard them:',
      '  npx spillway dlq ls --queue ingest --stage prod',
      '  npx spillway dlq redrive --queue ingest --stage prod',
      '  npx spillway dlq discard <ids> --queue ingest --stage prod',
      'Or give all of it up:',
      '  npx serverless remove --stage prod --param=abandon=true',
    ]);
  });
});

describe('what a stage holds in its table', () => {
  test('are open windows by their places, and batches that run', async () => {
    const home = memoryHome({ count: 2 });
    await home.process().append([...files(3), ...files(1, home.time.now, 3, 'partners/acme/')]);
    const { windows, running } = await heldByLogs(home.ports, home.time.now);
    expect(windows).toEqual([
      { route: 'sales', partition: '', count: 1 },
      { route: 'sales', partition: 'acme', count: 1 },
    ]);
    expect(running).toEqual([{ route: 'sales', batches: 1 }]);
  });

  test('is nothing once windows are closed and batches have ended', async () => {
    const home = memoryHome({ count: 2 });
    await home.process().append(files(2));
    const [batch] = (await home.ports.projections.batches('sales', { limit: 1 })).items;
    if (batch === undefined) throw new Error('There is no batch.');
    const ended = { status: 'succeeded', redrives: 0, endedAt: home.time.now } as const;
    await home.ports.projections.batchStatus(batch, ended);
    expect(await heldByLogs(home.ports, home.time.now)).toEqual({ windows: [], running: [] });
  });
});

describe('what a removal leaves', () => {
  const retained = 'RetainExceptOnCreate';
  const template: Template = {
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: retained,
        Properties: { DeletionProtectionEnabled: true },
      },
      BucketLanding: { Type: 'AWS::S3::Bucket', DeletionPolicy: retained },
      BucketGone: { Type: 'AWS::S3::Bucket', DeletionPolicy: retained },
      ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' },
    },
  };
  const made = (logical: string, id: string, status = 'CREATE_COMPLETE') => ({ logical, id, status });
  const buckets = [
    made('BucketLanding', 'prod-landing-1'),
    made('BucketGone', 'prod-gone-1', 'DELETE_COMPLETE'),
    made('ServerlessDeploymentBucket', 'prod-deployment-1'),
  ];

  test('is named exactly, with the commands that delete it', () => {
    const resources = (type: string) => (type.endsWith('Table') ? [made('Table', 'prod-Table-1')] : buckets);
    const left = leftBehind({ template, outputs: { TableName: 'prod-Table-1' } }, resources);
    expect(leftText('spillway-prod', left, 'eu-central-1').split('\n')).toEqual([
      'spillway-prod is gone, but for what holds data. What deletes it, when nobody needs it any more:',
      'the table prod-Table-1',
      '  aws dynamodb update-table --table-name prod-Table-1 --no-deletion-protection-enabled --region eu-central-1',
      '  aws dynamodb delete-table --table-name prod-Table-1 --region eu-central-1',
      'the bucket prod-landing-1',
      '  aws s3 rb s3://prod-landing-1 --force --region eu-central-1',
    ]);
  });

  test('has the table too that the stage was told to use', () => {
    const left = leftBehind({ template, outputs: { TableName: 'restored' } }, () => []);
    expect(left).toEqual([{ what: 'table', name: 'restored', deletionProtected: false }]);
  });

  test('is nothing of a deployment that failed at once', () => {
    expect(
      leftText(
        'spillway-prod',
        leftBehind({ template, outputs: {} }, () => []),
        'eu-central-1',
      ),
    ).toBe('spillway-prod is gone, and has left nothing.');
  });
});
