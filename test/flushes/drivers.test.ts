import { dynamoFlushes } from '../../src/flushes/dynamodb.ts';
import { memoryFlushes } from '../../src/flushes/memory.ts';
import { describeFlushes } from '../contracts/flushes.ts';
import { tableEngines } from '../table/tables.ts';

describeFlushes({
  name: 'memory',
  open: async () => ({ flushes: memoryFlushes(), close: async () => undefined }),
});

for (const engine of tableEngines()) {
  describeFlushes({
    name: engine.name,
    open: async () => {
      const table = await engine.open();
      return { flushes: dynamoFlushes(table), close: table.close };
    },
  });
}
