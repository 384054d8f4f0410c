import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generated } from '../../infra/generated.ts';
import { checkTable, TableUnusableError } from '../../infra/table-check.ts';

const serverless = parse(await readFile('serverless.yml', 'utf8'), { logLevel: 'silent' });

/** What serverless.yml takes from here, with some parameters given on the command line. */
async function textWith(given: Record<string, string>) {
  const parameters = { ...serverless.params.default, ...given };
  const parts = await generated({
    resolveVariable: async (variable) =>
      variable === 'sls:stage' ? 'test' : parameters[variable.replace('param:', '')],
  });
  return { parts, text: JSON.stringify(parts) };
}

describe('the table', () => {
  test('of the stack is made by it, and nothing else is named', async () => {
    const { parts } = await textWith({});
    expect(parts.table).toHaveProperty('Resources.Table.Type', 'AWS::DynamoDB::Table');
  });

  test('that is there already is used by its name, and none is made', async () => {
    const { parts, text } = await textWith({ table: 'restored' });
    expect(parts.table).toEqual({ Resources: {} });
    expect(text).not.toMatch(/\{"Ref":"Table"\}|\["Table","Arn"\]/);
    expect(parts.environment).toHaveProperty('SPILLWAY_TABLE', 'restored');
    expect(text).toContain(':table/restored"');
    expect(parts.outputs).toHaveProperty('Outputs.TableName.Value', 'restored');
  });

  const key = (names: string[], type = 'S') => ({
    Table: {
      TableStatus: 'ACTIVE',
      KeySchema: names.map((AttributeName, index) => ({
        AttributeName,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: type })),
    },
  });

  // No engine here restores a table, so what one could be like is answered in its place.
  const answering = (answer: object) => ({ send: async () => answer }) as never;

  test.each([
    ['has our key', key(['pk', 'sk']), null],
    ['has another key', key(['id']), /its key is id \(HASH\); expected the texts pk \(HASH\), sk \(RANGE\)/],
    ['has our key in another order', key(['sk', 'pk']), /its key is sk \(HASH\), pk \(RANGE\)/],
    ['has numbers for our key', key(['pk', 'sk'], 'N'), /expected the texts pk/],
    [
      'is still being restored',
      { Table: { ...key(['pk', 'sk']).Table, TableStatus: 'CREATING' } },
      /it is CREATING, not ACTIVE\. Wait for it: aws dynamodb wait table-exists --table-name restored/,
    ],
  ])('that %s is used or refused', async (_what, answer, message) => {
    const checking = checkTable(answering(answer), 'restored');
    if (message === null) return expect(checking).resolves.toBeUndefined();
    await expect(checking).rejects.toThrow(TableUnusableError);
    await expect(checking).rejects.toThrow(message);
  });
});
