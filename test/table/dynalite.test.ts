import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { dynalite, Level } from '../../src/table/dynalite.ts';
import { ensureTable } from '../../src/table/schema.ts';
import { plainRecord } from '../contracts/records.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-dynalite-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

test('closes what a query has opened, whether it ends at its limit or at the end of the log', async () => {
  const opened = iteratorsOpened();
  const server = dynalite({ path: join(folder, 'database'), createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const key = { route: 'sales', partition: '' };
  try {
    await ensureTable({ client, table: 'spillway' });
    const log = dynamoLog({ client, table: 'spillway' });
    for (let seq = 1; seq <= 5; seq += 1) await log.append(key, plainRecord(seq, seq));
    for (let turn = 0; turn < 10; turn += 1) await log.tail(key);
    for (let turn = 0; turn < 10; turn += 1) await log.readForward(key, 2, 100);
    expect(opened.all).toBeGreaterThanOrEqual(20);
    await expect.poll(() => opened.now).toBe(0);
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** Counts the iterators of all databases: how many there were, and how many are still open. */
function iteratorsOpened(): { all: number; now: number } {
  const opened = { all: 0, now: 0 };
  const { values } = Level.prototype;
  vi.spyOn(Level.prototype, 'values').mockImplementation(function (this: unknown, options) {
    const iterator = values.call(this as never, options);
    const { close } = iterator;
    let open = true;
    opened.all += 1;
    opened.now += 1;
    iterator.close = async () => {
      opened.now -= Number(open);
      open = false;
      await close.call(iterator);
    };
    return iterator;
  });
  return opened;
}
