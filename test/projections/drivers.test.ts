import { dynamoProjections } from '../../src/projections/dynamodb.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import { describeProjections } from '../contracts/projections.ts';
import { tableEngines } from '../table/tables.ts';

describeProjections({
  name: 'memory',
  open: async () => ({ projections: memoryProjections(), close: async () => undefined }),
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
