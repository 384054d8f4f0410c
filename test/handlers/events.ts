/** Events as AWS delivers them (S3 user guide, EventBridge event structure; Step Functions guide, EventBridge integration). */

/** The body of an ingest message: S3's notice as EventBridge passes it on. */
export function noticeBody(
  key: string,
  more: { at?: number; sequencer?: string | null; size?: number; bucket?: string; versionId?: string } = {},
): string {
  const { at = Date.now(), sequencer = '617f08299329d189', size = 5, bucket = 'landing', versionId } = more;
  return JSON.stringify({
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: 'eu-central-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      'event-version': '1.2',
      bucket: { name: bucket, 'aws-generated-tags': { 'aws:cloudformation:stack-name': 'spillway-prod' } },
      object: {
        key,
        size,
        etag: 'b1946ac92492d2347c6235b4d2611184',
        ...(versionId !== undefined && { 'version-id': versionId }),
        ...(sequencer !== null && { sequencer }),
      },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '111122223333',
      'source-ip-address': '192.0.2.1',
      reason: 'PutObject',
    },
  });
}

/** What S3 sends when its own notifications are pointed at a queue: no EventBridge event, and so no notice. */
export const S3_TEST_EVENT = JSON.stringify({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2026-11-23T08:00:00.000Z',
  Bucket: 'landing',
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
});

export const S3_NATIVE_NOTIFICATION = JSON.stringify({
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'eu-central-1',
      eventTime: '2026-11-23T08:00:00.000Z',
      eventName: 'ObjectCreated:Put',
      s3: {
        s3SchemaVersion: '1.0',
        bucket: { name: 'landing', arn: 'arn:aws:s3:::landing' },
        object: { key: 'red+flower.csv', size: 1024, eTag: 'd41d8', sequencer: '0A1B2C3D4E5F678901' },
      },
    },
  ],
});

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:spillway-prod-process-files';

/** A status change as Step Functions puts it on the default bus. */
export function statusChange(name: string, status: string, detail: Record<string, unknown> = {}) {
  const arn = `${MACHINE.replace(':stateMachine:', ':execution:')}:${name}`;
  return {
    version: '0',
    id: '315c1398-40ff-a850-213b-158f73e60175',
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: '111122223333',
    time: '2026-11-23T08:00:05Z',
    region: 'eu-central-1',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: MACHINE,
      name,
      status,
      startDate: 1_767_600_000_000,
      stopDate: status === 'RUNNING' ? null : 1_767_600_005_000,
      input: '{}',
      inputDetails: { included: true },
      output: status === 'SUCCEEDED' ? '{}' : null,
      outputDetails: status === 'SUCCEEDED' ? { included: true } : null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: null,
      ...detail,
    },
  };
}
