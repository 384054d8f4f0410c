import { describe, expect, test } from 'vitest';
import { checkMachineArns, StateMachineUnusableError } from '../../infra/existing-machines.ts';
import { bucketId, type Stack } from '../../infra/stack.ts';
import { joined, LogicalIdTwiceError, logicalNames } from '../../infra/template.ts';

const ARN = 'arn:aws:states:eu-central-1:111122223333:stateMachine:load-with-glue';

describe('a state machine that is there already', () => {
  test('can be one of the same region', () => {
    expect(() => checkMachineArns([ARN], 'eu-central-1')).not.toThrow();
  });

  test.each([
    ['of another region', ARN, 'us-east-1', /is in eu-central-1, and the stack is for us-east-1/],
    [
      'by a version',
      `${ARN}:3`,
      'eu-central-1',
      /"3" is a version or an alias\. Name the state machine itself/,
    ],
    ['by an alias', `${ARN}:PROD`, 'eu-central-1', /"PROD" is a version or an alias/],
  ])('is refused %s', (_what, arn, region, message) => {
    expect(() => checkMachineArns([arn], region)).toThrow(StateMachineUnusableError);
    expect(() => checkMachineArns([arn], region)).toThrow(message);
  });
});

describe('two names that would make one resource', () => {
  test('are told apart by a digest where they look alike', () => {
    const bucketIds = logicalNames(['a-b', 'a.b', 'c']);
    const ids = ['a-b', 'a.b', 'c'].map((name) => bucketId({ bucketIds } as unknown as Stack, name));
    expect(new Set(ids).size).toBe(3);
    expect(ids[2]).toBe('BucketC');
  });

  test('are refused where one is the other with an ending of ours', () => {
    const parts = ['Bucket', 'BucketPolicy'].map((id) => ({
      [`${id}Policy`]: { Type: 'any' },
      [id]: { Type: 'any' },
    }));
    expect(() => joined(parts)).toThrow(LogicalIdTwiceError);
    expect(() => joined(parts)).toThrow(/both make the resource "BucketPolicy"/);
  });
});
