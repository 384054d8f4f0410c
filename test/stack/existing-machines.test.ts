import { describe, expect, test } from 'vitest';
import { checkMachineArns, StateMachineUnusableError } from '../../infra/existing-machines.ts';
import { joined, LogicalIdTwiceError, logicalNames } from '../../infra/template.ts';
import { logicalName } from '../../src/stage/logical-name.ts';
import { outputPart } from '../../src/stage/stage.ts';

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
  test.each([
    ['a-b', 'a.b'],
    ['raw-1', 'raw1'],
    ['a-b', 'ab'],
    ['x--y', 'x-y'],
  ])('are told apart: %s and %s', (first, second) => {
    expect(logicalName(first)).not.toBe(logicalName(second));
  });

  test('have the ids that they would have alone: one more must not move a bucket', () => {
    const alone = logicalNames(['raw-1']).get('raw-1');
    expect(logicalNames(['raw-1', 'raw1', 'raw.1']).get('raw-1')).toBe(alone);
    expect(logicalName('process-files')).toBe('ProcessFiles');
    // The commands look outputs up by the same names.
    expect(outputPart('raw-1')).toBe(alone);
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
