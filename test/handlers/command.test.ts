import type { SQSRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { command } from '../../handlers/command.ts';
import type { Command } from '../../src/commands/commands.ts';
import { commandText } from '../../src/commands/message.ts';
import type { Deadline } from '../../src/timers/timers.ts';
import { files, HOUR, memoryHome, START } from '../service/memory-home.ts';
import { quietHome, sqsRecord } from './home.ts';

describe('command', () => {
  test('closes a window at its deadline, and nothing when it comes twice', async () => {
    const { home, service, handle } = openCommand();
    await service.append(files(3));
    home.time.now = START + HOUR;
    const due = { kind: 'deadline', ...home.armed[0]! } as const;
    expect(await handle([sent(due), sent(due)])).toEqual([]);
    expect((await home.batches()).map(({ reason, count }) => [reason, count])).toEqual([['time', 3]]);
    expect(await handle([sent(due)])).toEqual([]);
    expect(await home.batches()).toHaveLength(1);
  });

  test('arms a deadline again that comes early', async () => {
    const { home, service, handle } = openCommand();
    await service.append(files(1));
    const due = home.armed[0]!;
    home.time.now = due.at - 90_000;
    expect(await handle([sent({ kind: 'deadline', ...due })])).toEqual([]);
    expect(home.armed.at(-1)).toEqual(due);
    expect(await home.batches()).toEqual([]);
  });

  test('flushes a route by what a cron schedule sends, once for one tick', async () => {
    const { home, service, handle } = openCommand();
    await service.append(files(2));
    const tick =
      '{"kind":"flush","flushId":"sales/0/2026-01-05T08:30:00Z","reason":"schedule","who":"schedule sales/0","scope":{"route":"sales"},"minEvents":1}';
    expect(await handle([sqsRecord(tick)])).toEqual([]);
    await service.append(files(2, START, 2));
    expect(await handle([sqsRecord(tick)])).toEqual([]);
    expect((await home.batches()).map(({ reason, count }) => [reason, count])).toEqual([['schedule', 2]]);
    expect((await home.openWindow())?.count).toBe(2);
  });

  test('lets what is no command fail alone', async () => {
    const { home, service, handle, counted } = openCommand();
    await service.append(files(1));
    home.time.now = START + HOUR;
    const due = { kind: 'deadline', ...home.armed[0]! } as const;
    const poison = ['', 'hello', '{}', '{"kind":"dance"}'].map((body, index) =>
      sqsRecord(body, { id: `poison-${index}` }),
    );
    expect(await handle([...poison, sent(due)])).toEqual(['poison-0', 'poison-1', 'poison-2', 'poison-3']);
    expect(await home.batches()).toHaveLength(1);
    expect(counted.get('InvalidMessages')).toBe(4);
  });

  test('lets a command that fails come again, and its neighbours succeed', async () => {
    const { home, service, handle } = openCommand();
    await service.append(files(1));
    home.time.now = START + HOUR;
    const unknown = {
      kind: 'flush-partition',
      flushId: 'never asked',
      route: 'sales',
      partition: '',
    } as const;
    const due = { kind: 'deadline', ...home.armed[0]! } as const;
    expect(await handle([sqsRecord(commandText(unknown), { id: 'fails' }), sent(due)])).toEqual(['fails']);
    expect(await home.batches()).toHaveLength(1);
  });

  test.each([
    [1, 5],
    [3, 45],
    [4, null],
    [10, null],
  ])('has a command that failed %i times come again after %s s', async (receives, seconds) => {
    const { handle, comesAgain } = openCommand();
    const fails = { kind: 'flush-partition', flushId: 'never asked', route: 'sales', partition: '' } as const;
    const record = sqsRecord(commandText(fails), { id: 'fails', receives });
    const poison = sqsRecord('hello', { id: 'poison', receives });
    expect(await handle([record, poison])).toEqual(['poison', 'fails']);
    expect(comesAgain).toEqual(seconds === null ? [] : [{ receipt: record.receiptHandle, seconds }]);
  });

  test('leaves a command to the time of the queue when that cannot be shortened', async () => {
    const { handle } = openCommand({ comeAgain: async () => Promise.reject(new Error('not allowed')) });
    const fails = { kind: 'flush-partition', flushId: 'never asked', route: 'sales', partition: '' } as const;
    expect(await handle([sqsRecord(commandText(fails), { id: 'fails' })])).toEqual(['fails']);
  });

  test('is called once in a quiet period, however many events come, and wastes no write', async () => {
    const { home, handle, counted } = openCommand({}, { quietMs: 5_000, count: 1_000 });
    const ingest = home.process();
    const waiting: Deadline[] = [];
    let calls = 0;
    for (let second = 0; second < 300; second += 1) {
      home.time.now += 1_000;
      if (second < 280) await ingest.append(files(1, home.time.now, second));
      waiting.push(...home.armed.splice(0));
      for (const due of waiting.splice(0)) {
        if (due.at > home.time.now) waiting.push(due);
        else calls += (await handle([sent({ kind: 'deadline', ...due })])).length + 1;
      }
    }
    expect((await home.batches()).map(({ reason, count }) => [reason, count])).toEqual([['quiet', 280]]);
    expect(calls).toBeLessThanOrEqual(300 / 5);
    expect(counted.get('CommitConflicts') ?? 0).toBe(0);
  });

  test('does effects again that were deferred', async () => {
    const { home, service, handle } = openCommand();
    await service.append(files(100));
    const [started] = home.executions.calls;
    expect(await handle([sent({ kind: 'ensure', route: 'sales', partition: '', from: 1, to: 1 })])).toEqual(
      [],
    );
    expect(home.executions.running()).toEqual([started?.name]);
  });
});

function openCommand(
  replaced: Partial<Parameters<typeof command>[1]['commands']> = {},
  limits: Parameters<typeof memoryHome>[0] = {},
) {
  const home = memoryHome(limits);
  const comesAgain: { receipt: string; seconds: number }[] = [];
  const commands = {
    comeAgain: async (receipt: string, seconds: number) => void comesAgain.push({ receipt, seconds }),
    ...replaced,
  };
  const { logger, measures, counted, time } = quietHome();
  const service = home.process({ observe: measures.observe });
  return {
    home,
    service,
    counted,
    comesAgain,
    async handle(Records: SQSRecord[]) {
      const { batchItemFailures } = await command({ Records }, { service, commands, measures, logger, time });
      measures.publish();
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    },
  };
}

function sent(each: Command): SQSRecord {
  return sqsRecord(commandText(each));
}
