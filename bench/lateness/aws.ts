import { setTimeout as pause } from 'node:timers/promises';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { type BatchRow, openWorld, type World } from '../../test/e2e/world.ts';
import { emulatorPython, PythonMissingError } from '../../test/emulator/python.ts';
import type { Bench, Found, Section } from '../bench.ts';
import { until } from '../server/asking.ts';
import { quantile } from '../server/figures.ts';
import type { LateRow } from './lateness.ts';

const ROUTE = 'short';
const WINDOW_SECONDS = 1;
/** Between two windows (ms): no divisor of a second, so that they open at every part of one. */
const PACE_MS = 730;
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
      await world.putAll([1, 2, 3].map((number) => `${ROUTE}/warm-up-${number}/1.csv`));
      await closed(world, 'warm-up', 3);
      say(`${windows} windows of ${WINDOW_SECONDS} s, nothing else to do`);
      const idle = await lateIn(world, 'AWS, emulated', 'idle', windows);
      say('the same while the emulator is kept from waiting between two looks at its queues');
      const wakeful = await wake(world);
      const awake = await lateIn(world, 'AWS, emulated, woken', 'awake', windows);
      await wakeful.stop();
      return { sections: [sectionOf([idle, awake])], rows: [idle, awake] };
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

async function lateIn(world: World, server: string, name: string, windows: number): Promise<LateRow> {
  for (let window = 0; window < windows; window += 1) {
    await world.put(`${ROUTE}/${name}-${window}/1.csv`);
    await pause(PACE_MS);
  }
  const late = (await closed(world, `${name}-`, windows))
    .map(({ deadline, closedAt }) => Date.parse(closedAt) - Date.parse(deadline))
    .sort((a, b) => a - b);
  return { server, late, early: late.filter((ms) => ms < 0).length };
}

function closed(world: World, prefix: string, count: number): Promise<BatchRow[]> {
  return until(
    async () => (await world.batches(ROUTE)).filter(({ partition }) => partition.startsWith(prefix)),
    (found) => found.length >= count,
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
      `Windows of ${WINDOW_SECONDS} s, the shortest there are, on a route with a queue of its own, one file each.`,
    head: ['emulator', 'windows', 'closed early', 'p50 ms', 'p90 ms', 'p99 ms', 'longest ms'],
    rows: rows.map(({ server, late, early }) => [
      server,
      late.length,
      early,
      ...[0.5, 0.9, 0.99, 1].map((share) => quantile(late, share)),
    ]),
    notes: [
      'Left alone, the emulator looks for messages that have become due once a second; woken, at once. The difference of the two rows is the emulator’s, not Spillway’s.',
      'SQS delays messages by whole seconds, so a deadline’s message is as late as its window’s opening was noticed: what a notice takes through rule, queue and function, on AWS as well. The rest is the second function: the log’s end and one put.',
      'Windows over 15 minutes, whose first leg is a schedule, were not exercised here.',
    ],
  };
}
