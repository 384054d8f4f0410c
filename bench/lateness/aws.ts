import { setTimeout as pause } from 'node:timers/promises';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { clientSettings } from '../../test/e2e/deploy.ts';
import { type BatchRow, openWorld, type World } from '../../test/e2e/world.ts';
import { emulatorPython, PythonMissingError } from '../../test/emulator/python.ts';
import type { Bench, Found, Section } from '../bench.ts';
import { p99, quantile } from '../log/statistics.ts';
import { until } from '../server/asking.ts';
import type { LateRow } from './lateness.ts';

/** Windows of a route that open one after another, a file each. */
interface Opening {
  route: 'short' | 'long';
  name: string;
  windows: number;
}

const SHORT_SECONDS = 1;
const LONG_MINUTES = 16;
/**
 * Between two windows (ms): no divisor of a second, so that they open at every part of one; and long enough for what a
 * closed one starts, which shares two cores with the rest.
 */
const PACE_MS = 730;
const LONG: Opening = { route: 'long', name: 'long', windows: 30 };
const SCHEDULED = `AWS, emulated, ${LONG_MINUTES} min windows through Scheduler`;
/** After the last deadline nobody asks for so long (ms): the API is a function that would disturb the others. */
const SETTLED_MS = 10_000;
/** How often an emulator is woken that is not left to its own steps (ms). */
const WAKE_MS = 40;

export const latenessAws: Bench = {
  name: 'lateness-aws',
  about: 'how late windows close in the stack for AWS, deployed to an emulator; needs Python',
  async run({ quick, say }): Promise<Found> {
    if (await withoutPython(say)) return { sections: [], rows: [] };
    const windows = quick ? 10 : 60;
    say('the stack is deployed to the emulator');
    const world = await openWorld({ routes: 'bench/lateness/routes.yml' });
    try {
      // The first ones start the functions; that is not what is measured.
      const warmUp: Opening = { route: 'short', name: 'warm-up', windows: 3 };
      await open(world, warmUp);
      await closed(world, warmUp);
      const long = quick ? null : await openLong(world, say);
      const rows = await shortRows(world, windows, say);
      if (long) rows.push(await long.late());
      return { sections: [sectionOf(rows)], rows };
    } finally {
      await world.close();
    }
  },
};

async function withoutPython(say: (line: string) => void): Promise<boolean> {
  try {
    await emulatorPython();
    return false;
  } catch (error) {
    if (!(error instanceof PythonMissingError)) throw error;
    say(`Not measured: ${error.message}`);
    return true;
  }
}

async function shortRows(world: World, windows: number, say: (line: string) => void): Promise<LateRow[]> {
  const short = (name: string): Opening => ({ route: 'short', name, windows });
  say(`${windows} windows of ${SHORT_SECONDS} s, nothing else to do`);
  await open(world, short('idle'));
  const idle = await lateOf(world, short('idle'), 'AWS, emulated');
  say('the same while the emulator is kept from waiting between two looks at its queues');
  const wakeful = await wake(world);
  await open(world, short('awake'));
  const awake = await lateOf(world, short('awake'), 'AWS, emulated, woken');
  await wakeful.stop();
  return [idle, awake];
}

/** Windows that a schedule closes, which takes so long that others are measured meanwhile. */
async function openLong(world: World, say: (line: string) => void): Promise<{ late(): Promise<LateRow> }> {
  say(`${LONG.windows} windows of ${LONG_MINUTES} minutes are opened`);
  await open(world, LONG);
  const dueBy = Date.now() + LONG_MINUTES * 60_000;
  say(`${await schedulesOf(world)} schedules are there`);
  return {
    async late() {
      const wait = Math.max(0, dueBy + SETTLED_MS - Date.now());
      say(`${Math.ceil(wait / 60_000)} minutes until the last of them is due`);
      await pause(wait);
      return lateOf(world, LONG, SCHEDULED);
    },
  };
}

/** Resolves when each long window has a schedule. */
async function schedulesOf({ ministack }: World): Promise<number> {
  const client = new SchedulerClient(clientSettings(ministack));
  const asked = { NamePrefix: `${LONG.route}-`, MaxResults: 100 };
  try {
    const { length } = await until(
      async () => (await client.send(new ListSchedulesCommand(asked))).Schedules ?? [],
      (found) => found.length >= LONG.windows,
      { everyMs: 1_000, withinMs: 60_000 },
    );
    return length;
  } finally {
    client.destroy();
  }
}

async function open(world: World, { route, name, windows }: Opening): Promise<void> {
  for (let window = 0; window < windows; window += 1) {
    await world.put(`${route}/${name}-${window}/1.csv`);
    await pause(PACE_MS);
  }
}

async function lateOf(world: World, opening: Opening, server: string): Promise<LateRow> {
  const late = (await closed(world, opening))
    .map(({ deadline, closedAt }) => Date.parse(closedAt) - Date.parse(deadline))
    .sort((a, b) => a - b);
  return { server, late, early: late.filter((ms) => ms < 0).length };
}

function closed(world: World, { route, name, windows }: Opening): Promise<BatchRow[]> {
  return until(
    async () => (await world.batches(route)).filter(({ partition }) => partition.startsWith(`${name}-`)),
    (found) => found.length >= windows,
    { everyMs: 1_000, withinMs: 120_000 },
  );
}

/** Sends to a queue that nobody reads: any message has the emulator look at all its queues. */
async function wake({ sqs }: World): Promise<{ stop(): Promise<void> }> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'nobody-reads' }));
  const stopping = new AbortController();
  const sending = (async () => {
    while (!stopping.signal.aborted) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'look' }));
      await pause(WAKE_MS);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await sending;
    },
  };
}

function sectionOf(rows: LateRow[]): Section {
  return {
    title: 'Lateness of the stack for AWS, on an emulator',
    text:
      'The real stack, deployed to MiniStack on this machine: notice, queue, function, table, delayed message, function. ' +
      `Windows of ${SHORT_SECONDS} s, the shortest there are, if nothing else is said, on a route with a queue of its own, one file each.`,
    head: ['emulator', 'windows', 'closed early', 'p50 ms', 'p90 ms', 'p99 ms', 'longest ms'],
    rows: rows.map(({ server, late, early }) => [
      server,
      late.length,
      early,
      ...[quantile(late, 0.5), quantile(late, 0.9), p99(late), quantile(late, 1)],
    ]),
    notes: [
      'Left alone, the emulator looks for messages that have become due once a second; woken, at once. The difference of the first two rows is the emulator’s, not Spillway’s.',
      'SQS delays messages by whole seconds, so a deadline’s message is as late as its window’s opening was noticed: what a notice takes through rule, queue and function, on AWS as well. The rest is the second function: the log’s end and one put.',
      rows.some(({ server }) => server === SCHEDULED)
        ? `Windows longer than 15 minutes take a schedule first, which fires two minutes early, and then a delayed message, which whole seconds make up to a second late. The schedules of all ${LONG.windows} were seen in the Scheduler.`
        : 'Windows over 15 minutes, whose first leg is a schedule, were not exercised here.',
    ],
  };
}
