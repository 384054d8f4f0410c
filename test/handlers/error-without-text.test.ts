import { expect, test } from 'vitest';
import { errorWithoutText } from '../../src/error-without-text.ts';
import { ContentionError } from '../../src/service/commit.ts';
import { unknownPartition } from '../../src/service/partition.ts';

test('an error without its text keeps name, place and causes, and nothing of what it says', () => {
  const cause = new ContentionError(unknownPartition({ route: 'sales', partition: 'secret' }), 3);
  const error = Object.assign(new Error('secret\n    at secret (secret.ts:1:1)', { cause }), {
    key: 'secret',
  });
  const bare = errorWithoutText(error);
  const text = [bare.name, bare.message, bare.stack, JSON.stringify(bare), String(bare.cause)].join();
  expect(text).not.toContain('secret');
  expect(bare.stack).toContain('error-without-text.test.ts');
  expect(bare.cause).toMatchObject({ name: 'ContentionError' });
});

test('an error without a stack, and one without a message, have none afterwards', () => {
  const error = new Error('');
  delete error.stack;
  expect(errorWithoutText(error).stack).toMatch(/^Error: [^\n]*$/);
  expect(errorWithoutText(new TypeError('')).stack).toContain('error-without-text.test.ts');
});
