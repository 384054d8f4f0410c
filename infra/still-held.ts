import { counted } from '../src/cli/text/time.ts';
import { stackNameOf } from '../src/stage/errors.ts';
import type { OpenWindow } from '../src/stage/removal.ts';

/** What a stage holds that goes with it. */
export interface Held {
  windows: readonly OpenWindow[];
  /** Batches whose executions have not ended, by route. */
  running: readonly { route: string; batches: number }[];
  /** Queues of events and of commands that are not empty; messages are counted approximately. */
  queues: readonly { name: string; of: 'events' | 'commands'; messages: number }[];
  /** Queues of dead letters that are not empty. */
  letters: readonly { queue: 'ingest' | 'commands' | 'status'; messages: number }[];
}

/** A stage that is to be removed holds what would be lost. Nothing has been removed. */
export class StageNotEmptyError extends Error {
  override readonly name = 'StageNotEmptyError';
  readonly stage: string;
  readonly held: Held;

  constructor(stage: string, held: Held) {
    const lines = [
      `${stackNameOf(stage)} holds what would be lost with it. Nothing was removed.`,
      ...windowLines(held.windows, stage),
      ...runningLines(held.running, stage),
      ...held.queues.flatMap((queue) => queueLines(queue, stage)),
      ...held.letters.flatMap((letters) => letterLines(letters, stage)),
      'Or give all of it up:',
      `  npx serverless remove --stage ${stage} --param=abandon=true`,
    ];
    super(lines.join('\n'));
    this.stage = stage;
    this.held = held;
  }
}

/** Refuses to remove a stage that holds anything. @throws StageNotEmptyError */
export function refuseLoss(stage: string, held: Held): void {
  if (Object.values(held).some(({ length }) => length > 0)) throw new StageNotEmptyError(stage, held);
}

const NAMED_MAX = 5;

function windowLines(windows: Held['windows'], stage: string): string[] {
  if (windows.length === 0) return [];
  const events = windows.reduce((sum, { count }) => sum + count, 0);
  const named = windows.slice(0, NAMED_MAX).map(windowText).join(', ');
  const more = windows.length > NAMED_MAX ? ` and ${windows.length - NAMED_MAX} more` : '';
  const routes = [...new Set(windows.map(({ route }) => route))].sort();
  return [
    `${counted(windows.length, 'open window')} with ${counted(events, 'event')}: ${named}${more}. Nothing would close ` +
      `${windows.length === 1 ? 'it' : 'them'}. Stop what writes the files, then drain:`,
    ...routes.map((route) => `  npx spillway drain ${route} --stage ${stage}`),
  ];
}

function windowText({ route, partition, count }: OpenWindow): string {
  return `${partition === '' ? route : `${route}/${partition}`} (${count})`;
}

function runningLines(running: Held['running'], stage: string): string[] {
  if (running.length === 0) return [];
  const batches = running.reduce((sum, { batches: some }) => sum + some, 0);
  return [
    `${counted(batches, 'running batch')}, whose steps would go. See when ${batches === 1 ? 'it ends' : 'they end'}:`,
    ...running.map(({ route }) => `  npx spillway batches --route ${route} --stage ${stage}`),
  ];
}

const WAITING = { events: 'events that no window holds yet', commands: 'commands, not carried out yet' };

function queueLines({ name, of, messages }: Held['queues'][number], stage: string): string[] {
  return [
    `About ${counted(messages, 'message')} in the queue ${name}: ${WAITING[of]}. Wait until it is empty:`,
    `  npx spillway doctor --stage ${stage}`,
  ];
}

function letterLines({ queue, messages }: Held['letters'][number], stage: string): string[] {
  const which = `--queue ${queue} --stage ${stage}`;
  return [
    `About ${counted(messages, 'dead letter')} of the queue ${queue}. Look at them, send them back or discard them:`,
    `  npx spillway dlq ls ${which}`,
    `  npx spillway dlq redrive ${which}`,
    `  npx spillway dlq discard <ids> ${which}`,
  ];
}
