import { describe, expect, test } from 'vitest';
import type { StreamMessage } from '../../src/api/stream-schemas.ts';
import { createPrinter } from '../../src/cli/printer.ts';
import { causeLines } from '../../src/cli/views/batch.ts';
import { printMessage } from '../../src/cli/views/message.ts';
import { outputLines } from '../../src/cli/views/output.ts';

describe('the output of an execution', () => {
  const object = (index: number) => ({ bucket: 'curated', key: `sales/${index}.parquet`, rows: index });

  test('is the objects that it wrote, with their rows', () => {
    expect(outputLines({ rows: 1, outputs: [object(1), { bucket: 'curated', key: 'plain' }] })).toEqual([
      's3://curated/sales/1.parquet (1 row)',
      's3://curated/plain',
    ]);
  });

  test('names the first five and counts the others', () => {
    const outputs = [1, 2, 3, 4, 5, 6].map(object);
    expect(outputLines({ outputs }).at(-1)).toBe('and 1 more object');
    expect(outputLines({ outputs, outputCount: 40 })).toHaveLength(6);
    expect(outputLines({ outputs, outputCount: 40 }).at(-1)).toBe('and 35 more objects');
  });

  test('is JSON, cut short, where it names none', () => {
    expect(outputLines({ ok: true })).toEqual(['{"ok":true}']);
    expect(outputLines({ outputs: [] })).toEqual(['{"outputs":[]}']);
    expect(outputLines('x'.repeat(1000))[0]).toHaveLength(200);
    expect(outputLines(undefined)).toEqual([]);
    expect(outputLines(null)).toEqual([]);
  });
});

test('a cause of many lines is shown line by line, and cut with a word on where the rest is', () => {
  expect(causeLines(undefined)).toEqual([]);
  expect(causeLines('2 failed.\n\na.csv\nb.csv')).toEqual(['2 failed.', 'a.csv', 'b.csv']);
  const many = causeLines(Array.from({ length: 60 }, (_, index) => `file ${index}`).join('\n'));
  expect(many).toHaveLength(11);
  expect(many.at(-1)).toBe('… and 50 more lines: --json has all of it');
});

test('a failed execution is told in one line, with the first line of its cause', () => {
  const shown: string[] = [];
  const stream = {
    write: (text: string) => shown.push(text) > 0,
    once: () => stream,
  };
  const printer = createPrinter({ stdout: stream, stderr: stream, env: {}, json: false, colour: 'never' });
  const at = '2026-01-05T08:00:00.000Z';
  const place = { route: 'sales', partition: '', batch: 'sales-1', at };
  const failed = {
    kind: 'execution-failed',
    ...place,
    error: 'FilesFailed',
    cause: '2 failed.\na.csv\nb.csv',
  };
  printMessage(printer, failed as unknown as StreamMessage, Date.parse(at));
  expect(shown.join('')).toBe(`${at}\texecution-failed\tsales\t\tsales-1: FilesFailed: 2 failed.\n`);
});
