import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoProjections } from '../../src/projections/dynamodb.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import { rememberedProjections } from '../../src/projections/remembered.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import { ROUTES_PK } from '../../src/table/layout.ts';
import { describeProjections } from '../contracts/projections.ts';
import { tableEngines } from '../table/tables.ts';

describeProjections({
  name: 'memory',
  open: async () => ({ projections: memoryProjections(), close: async () => undefined }),
  runs: 300,
});

describeProjections({
  name: 'remembered',
  open: async () => ({
    projections: rememberedProjections(memoryProjections()),
    close: async () => undefined,
  }),
  runs: 300,
});

for (const engine of tableEngines()) {
  describeProjections({
    name: engine.name,
    open: async () => {
      const table = await engine.open();
      return { projections: dynamoProjections(table), close: table.close };
    },
    runs: 25,
  });
}

test('a route is listed again within the hour, though the table that knew it was made anew', async () => {
  const table = await openEmbeddedTable();
  try {
    let now = 0;
    const projections = dynamoProjections(table, () => now);
    await projections.register({ route: 'sales', partition: 'a' });
    const Key = { pk: { S: ROUTES_PK }, sk: { S: 'sales' } };
    await table.client.send(new DeleteItemCommand({ TableName: table.table, Key }));
    await projections.register({ route: 'sales', partition: 'b' });
    expect(await projections.routes()).toEqual([]);
    now = 3_600_000;
    await projections.register({ route: 'sales', partition: 'c' });
    expect(await projections.routes()).toEqual(['sales']);
  } finally {
    await table.close();
  }
});
