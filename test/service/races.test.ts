import { afterEach, beforeEach, expect, test } from 'vitest';
import { dynamoFlushes } from '../../src/flushes/dynamodb.ts';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { dynamoProjections } from '../../src/projections/dynamodb.ts';
import { type EmbeddedTable, openEmbeddedTable } from '../../src/table/embedded.ts';
import { files, memoryHome, START } from './memory-home.ts';

const WRITERS = 200;
const FILES_EACH = 7;
const COUNT = 50;

let table: EmbeddedTable;

beforeEach(async () => {
  table = await openEmbeddedTable();
});

afterEach(() => table.close());

/** The real service over the DynamoDB driver, in as many processes as asked for. */
function tableHome(processes: number) {
  const home = memoryHome({ count: COUNT });
  const drivers = {
    log: dynamoLog(table),
    projections: dynamoProjections(table),
    flushes: dynamoFlushes(table),
  };
  // Eight strangers on one log lose many races in a row; here they only ever try again.
  const options = { conflictsMax: 1000 };
  return {
    home,
    log: drivers.log,
    services: Array.from({ length: processes }, () => home.process(drivers, options)),
  };
}

test.each([1, 8])(
  '200 concurrent appenders on one window, in %i process(es): every count batch is exact',
  {
    timeout: 120_000,
  },
  async (processes) => {
    const { home, log, services } = tableHome(processes);
    const appends = Array.from({ length: WRITERS }, (_, writer) => {
      const events = files(FILES_EACH, START, writer * FILES_EACH);
      // Every tenth is delivered to another process as well, at the same time.
      const twice = writer % 10 === 0 ? [services[(writer + 1) % processes]!.append(events)] : [];
      return [services[writer % processes]!.append(events), ...twice];
    });
    const outcomes = (await Promise.all(appends.flat())).flat();

    const total = WRITERS * FILES_EACH;
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(total);
    const records = await allRecords(log);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
    const keys = records.flatMap(({ events }) => events.map(({ key }) => key));
    expect(keys).toHaveLength(total);
    expect(new Set(keys).size).toBe(total);
    const batches = records.flatMap(({ closed }) => closed);
    expect(batches.map(({ count }) => count)).toEqual(Array.from({ length: total / COUNT }, () => COUNT));
    expect(home.executions.calls.filter(({ already }) => !already)).toHaveLength(batches.length);
    if (processes > 1) expect(home.observed.some(({ kind }) => kind === 'conflict')).toBe(true);
  },
);

test('flushes of one window from eight processes at once close it once', async () => {
  const { log, services } = tableHome(8);
  await services[0]!.append(files(5));
  const reports = await Promise.all(
    services.map((service, index) =>
      service.flush({
        id: `f${index}`,
        reason: 'manual',
        who: 'ada',
        scope: { route: 'sales' },
        minEvents: 1,
      }),
    ),
  );
  const outcomes = reports.flatMap(({ partitions }) => partitions.map(({ outcome }) => outcome));
  expect(outcomes.filter((outcome) => outcome === 'closed')).toHaveLength(1);
  expect((await allRecords(log)).flatMap(({ closed }) => closed)).toHaveLength(1);
});

async function allRecords(log: ReturnType<typeof dynamoLog>) {
  const found = [];
  for (;;) {
    const page = await log.readForward({ route: 'sales', partition: '' }, found.length + 1, 100);
    if (page.length === 0) return found;
    found.push(...page);
  }
}
