import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { LogUnavailableError } from '../../src/log/log.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import {
  FolderUnwritableError,
  TableCorruptError,
  TableRefusedError,
  TableStoppedError,
} from '../../src/table/errors.ts';
import { ensureTable } from '../../src/table/schema.ts';
import { sealDatabase } from '../../src/table/seal.ts';
import { plainRecord } from '../contracts/records.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-table-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const key = { route: 'sales', partition: '' };

async function writeRecords(count: number): Promise<void> {
  const table = await openEmbeddedTable({ folder });
  const log = dynamoLog(table);
  for (let seq = 1; seq <= count; seq += 1) await log.append(key, plainRecord(seq, seq));
  await table.close();
}

async function lastSeq(): Promise<number | undefined> {
  const table = await openEmbeddedTable({ folder });
  const tail = await dynamoLog(table).tail(key);
  await table.close();
  return tail?.seq;
}

describe('openEmbeddedTable', () => {
  test('keeps what was written from one opening to the next', async () => {
    await writeRecords(20);
    expect(await lastSeq()).toBe(20);
    expect(await lastSeq()).toBe(20);
  });

  test('starts empty in memory each time', async () => {
    const [one, other] = await Promise.all([openEmbeddedTable(), openEmbeddedTable()]);
    await dynamoLog(one).append(key, plainRecord(1, 1));
    expect(await dynamoLog(other).tail(key)).toBeNull();
    await Promise.all([one.close(), other.close()]);
  });

  test('refuses a folder that this process has open, and names it and the process', async () => {
    const table = await openEmbeddedTable({ folder });
    const refused = expect(openEmbeddedTable({ folder })).rejects;
    await refused.toMatchObject({ name: 'FolderInUseError', folder, pid: process.pid });
    await table.close();
    await (await openEmbeddedTable({ folder })).close();
  });

  test('refuses a folder where none can be', async () => {
    await writeFile(join(folder, 'file'), '');
    const impossible = join(folder, 'file', 'data');
    await expect(openEmbeddedTable({ folder: impossible })).rejects.toBeInstanceOf(FolderUnwritableError);
  });

  test('refuses a database folder that is a file', async () => {
    await writeFile(join(folder, 'database'), '');
    await expect(openEmbeddedTable({ folder })).rejects.toBeInstanceOf(FolderUnwritableError);
    expect(await readdir(folder)).toEqual(['database']);
  });

  test('closes once, however often it is asked to', async () => {
    const table = await openEmbeddedTable({ folder });
    await Promise.all([table.close(), table.close()]);
    await table.close();
    expect((await readdir(folder)).sort()).toEqual(['database', 'seal']);
  });

  test('listens on this machine only', async () => {
    const table = await openEmbeddedTable();
    const endpoint = await table.client.config.endpoint?.();
    expect(endpoint?.hostname).toBe('127.0.0.1');
    await table.close();
  });

  test('makes a table anew that a kill has left half made', async () => {
    await (await openEmbeddedTable({ folder })).close();
    const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level');
    const level = new Level(join(folder, 'database'), { valueEncoding: 'json' });
    const description = await level.get('table~spillway');
    expect(description).toMatchObject({ TableStatus: 'ACTIVE' });
    await level.put('table~spillway', { ...description, TableStatus: 'CREATING' });
    await level.close();
    await rm(join(folder, 'seal'));
    await writeRecords(3);
    expect(await lastSeq()).toBe(3);
  });

  test('can be used at once, each time', async () => {
    for (let round = 0; round < 20; round += 1) {
      const table = await openEmbeddedTable();
      expect(await dynamoLog(table).tail(key)).toBeNull();
      await table.close();
    }
  });

  test('refuses a table of that name with another key', async () => {
    const table = await openEmbeddedTable();
    await table.client.send(
      new CreateTableCommand({
        TableName: 'other',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const other = { client: table.client, table: 'other' };
    await expect(ensureTable(other)).rejects.toBeInstanceOf(TableRefusedError);
    await expect(ensureTable(other)).rejects.toThrow('expected pk and sk');
    await table.close();
  });
});

describe('a damaged database is refused, and left as it is', () => {
  type Harm = (database: string, files: string[]) => Promise<unknown>;
  const named = (files: string[], pattern: RegExp) => files.find((file) => pattern.test(file)) ?? 'none';
  const harms: [string, Harm][] = [
    ['its log cut short', (at, files) => truncate(join(at, named(files, /\.log$/)), 100)],
    ['its log missing', (at, files) => rm(join(at, named(files, /\.log$/)))],
    ['a table file cut short', (at, files) => truncate(join(at, named(files, /\.ldb$/)), 100)],
    ['a table file missing', (at, files) => rm(join(at, named(files, /\.ldb$/)))],
    ['its head missing', (at) => rm(join(at, 'CURRENT'))],
    ['its head empty', (at) => truncate(join(at, 'CURRENT'), 0)],
    ['its manifest cut short', (at, files) => truncate(join(at, named(files, /^MANIFEST/)), 10)],
    ['its manifest missing', (at, files) => rm(join(at, named(files, /^MANIFEST/)))],
    [
      'a table file overwritten',
      async (at, files) => {
        const file = join(at, named(files, /\.ldb$/));
        await writeFile(file, (await readFile(file)).fill(0, 40, 400));
      },
    ],
    ['one bit of its log flipped', (at, files) => flipBit(join(at, named(files, /\.log$/)))],
    [
      'its log overwritten with zeros',
      async (at, files) => {
        const file = join(at, named(files, /\.log$/));
        await writeFile(file, (await readFile(file)).fill(0));
      },
    ],
  ];
  /** Harms that a crash may leave as well: without a seal they cannot be told apart from one. */
  const onlyWithSeal = new Set([
    'its log cut short',
    'its log missing',
    'one bit of its log flipped',
    'its log overwritten with zeros',
  ]);
  const cases = harms
    .flatMap(([name, harm]) => [true, false].map((sealed) => ({ name, harm, sealed })))
    .filter(({ name, sealed }) => sealed || !onlyWithSeal.has(name));

  let whole: string;
  beforeAll(async () => {
    whole = await mkdtemp(join(tmpdir(), 'spillway-whole-'));
    // Opening writes what the log holds into a table file; what is appended after that lies in a new log.
    for (const seqs of [[1, 2, 3, 4, 5], [6]]) {
      const table = await openEmbeddedTable({ folder: whole });
      for (const seq of seqs) await dynamoLog(table).append(key, plainRecord(seq, seq));
      await table.close();
    }
    const files = await readdir(join(whole, 'database'));
    expect(files.filter((file) => /\.ldb$/.test(file))).not.toEqual([]);
    expect(files.filter((file) => /\.log$/.test(file))).not.toEqual([]);
  });
  afterAll(() => rm(whole, { recursive: true, force: true }));

  test.each(cases)('$name (closed in order: $sealed)', async ({ harm, sealed }) => {
    await cp(whole, folder, { recursive: true });
    const database = join(folder, 'database');
    if (!sealed) await rm(join(folder, 'seal'));
    await harm(database, await readdir(database));
    await expect(openEmbeddedTable({ folder })).rejects.toBeInstanceOf(TableCorruptError);
    expect(await readdir(folder)).not.toContain('lock');
    await expect(openEmbeddedTable({ folder })).rejects.toBeInstanceOf(TableCorruptError);
  });

  test('its files are left as they are when they do not match the seal', async () => {
    await cp(whole, folder, { recursive: true });
    const database = join(folder, 'database');
    await rm(join(database, 'CURRENT'));
    const left = await sizesOf(database);
    await expect(openEmbeddedTable({ folder })).rejects.toThrow(`${join(database, 'CURRENT')} is missing`);
    expect(await sizesOf(database)).toEqual(left);
  });

  test('only one that a crash has left is read through: what a seal vouches for is not', async () => {
    await cp(whole, folder, { recursive: true });
    const require = createRequire(import.meta.url);
    const { Level } = createRequire(require.resolve('dynalite'))('level');
    const level = new Level(join(folder, 'database'));
    await level.open();
    await level.put('an entry', 'that is no JSON');
    await level.close();
    await sealDatabase(join(folder, 'database'), join(folder, 'seal'));
    expect(await lastSeq()).toBe(6);
    await rm(join(folder, 'seal'));
    await expect(openEmbeddedTable({ folder })).rejects.toBeInstanceOf(TableCorruptError);
  });

  test('an unharmed one opens with and without a seal', async () => {
    await cp(whole, folder, { recursive: true });
    expect(await lastSeq()).toBe(6);
    await rm(join(folder, 'seal'));
    expect(await lastSeq()).toBe(6);
    await writeFile(join(folder, 'seal'), '{"half": ');
    expect(await lastSeq()).toBe(6);
  });
});

async function flipBit(file: string): Promise<void> {
  const content = await readFile(file);
  const at = Math.floor(content.length / 2);
  content[at] = (content[at] ?? 0) ^ 1;
  await writeFile(file, content);
}

describe('while in use', () => {
  test('a client that goes away in the middle of a request does no harm', async () => {
    const table = await openEmbeddedTable({ folder });
    const port = (await table.client.config.endpoint?.())?.port ?? 0;
    for (let round = 0; round < 5; round += 1) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf');
      await dynamoLog(table).tail(key);
      socket.destroy();
      await once(socket, 'close');
    }
    expect(await dynamoLog(table).append(key, plainRecord(1, 1))).toEqual({ committed: true });
    await table.close();
    expect(await lastSeq()).toBe(1);
  });

  test('a database that fails is reported, ends no process, and refuses to open', async () => {
    await writeRecords(200);
    const stopped = Promise.withResolvers<Error>();
    const table = await openEmbeddedTable({ folder, onStopped: stopped.resolve });
    const database = join(folder, 'database');
    for (const name of (await readdir(database)).filter((file) => file.endsWith('.ldb'))) {
      const file = await open(join(database, name), 'r+');
      await file.write(Buffer.alloc(1500), 0, 1500, 100);
      await file.close();
    }
    await expect(dynamoLog(table).readForward(key, 1, 1000)).rejects.toBeInstanceOf(LogUnavailableError);
    expect(await stopped.promise).toBeInstanceOf(TableStoppedError);
    expect((await stopped.promise).message).toContain(folder);
    await table.close();
    expect(await readdir(folder)).toEqual(['database']);
    await expect(openEmbeddedTable({ folder })).rejects.toBeInstanceOf(TableCorruptError);
  });
});

describe('kill -9', () => {
  test('loses no acknowledged record, and the folder is free again', { timeout: 120_000 }, async () => {
    for (let cycle = 0; cycle < 4; cycle += 1) {
      const writer = startWriter();
      const acknowledged = await linesUntilKilled(writer, 60 + cycle * 37);
      const table = await openEmbeddedTable({ folder });
      const log = dynamoLog(table);
      for (const partition of ['a', 'b']) {
        const kill = { route: 'kill', partition };
        const last = acknowledged.get(partition) ?? 0;
        const stored = await log.readForward(kill, 1, 10_000);
        // One more may have been committed without its acknowledgement being seen.
        expect(stored.length).toBeGreaterThanOrEqual(last);
        expect(stored).toEqual(stored.map((_, index) => plainRecord(index + 1, (index + 1) * 7)));
      }
      await table.close();
    }
  });

  test('frees the folder that a living process held', { timeout: 60_000 }, async () => {
    const writer = startWriter();
    const lines = createInterface({ input: stdoutOf(writer) });
    await once(lines, 'line');
    await expect(openEmbeddedTable({ folder })).rejects.toMatchObject({
      name: 'FolderInUseError',
      folder,
      pid: writer.pid,
    });
    const second = startWriter();
    const [line] = await once(createInterface({ input: stdoutOf(second) }), 'line');
    expect(line).toBe(`refused ${writer.pid}`);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await (await openEmbeddedTable({ folder })).close();
  });

  function startWriter(): ChildProcess {
    const script = join(import.meta.dirname, 'writer.ts');
    return spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Kills the writer after so many lines; resolves with the last acknowledged seq of each partition. */
  async function linesUntilKilled(writer: ChildProcess, lines: number): Promise<Map<string, number>> {
    const last = new Map<string, number>();
    let seen = 0;
    for await (const line of createInterface({ input: stdoutOf(writer) })) {
      const [partition = '', seq] = line.split(' ');
      last.set(partition, Number(seq));
      seen += 1;
      if (seen === lines) writer.kill('SIGKILL');
    }
    expect(seen).toBeGreaterThanOrEqual(lines);
    return last;
  }
});

function stdoutOf(child: ChildProcess): NonNullable<ChildProcess['stdout']> {
  if (child.stdout === null) throw new Error('the child has no stdout');
  return child.stdout;
}

async function sizesOf(path: string): Promise<Record<string, number>> {
  const files = (await readdir(path)).filter((file) => !/^(LOG|LOCK)/.test(file));
  const sizes = files.map(async (file) => [file, (await stat(join(path, file))).size] as const);
  return Object.fromEntries(await Promise.all(sizes));
}
