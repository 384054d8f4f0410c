import * as z from 'zod';
import type { Command } from './commands.ts';

const name = z.string().min(1);
const partition = z.string();
const seq = z.int().positive();
const scope = z.object({ route: name.optional(), partition: partition.optional() });

/** A command as it travels: JSON of exactly this shape, from the service and from the Scheduler alike. */
const commandSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('deadline'),
    route: name,
    partition,
    epoch: name,
    windowSeq: seq,
    at: z.number(),
  }),
  z.object({
    kind: z.literal('flush'),
    flushId: name,
    reason: z.enum(['manual', 'schedule', 'marker']),
    who: z.string(),
    scope,
    minEvents: z.int().positive(),
    note: z.string().optional(),
  }),
  z.object({ kind: z.literal('flush-partition'), flushId: name, route: name, partition }),
  z.object({ kind: z.literal('ensure'), route: name, partition, from: seq, to: seq }),
]);

/** A message in the commands queue that is no command. It is kept in the dead-letter queue, not dropped. */
export class CommandInvalidError extends Error {
  override readonly name = 'CommandInvalidError';
  /** Where in the command, with dots: `scope.route`. */
  readonly path: string;

  constructor(path: string, detail: string, cause?: unknown) {
    const where = path === '' ? 'the command' : `"${path}" of the command`;
    super(
      `Cannot read ${where}: ${detail}. Expected a command as this version of Spillway writes it; ` +
        'send nothing else to this queue.',
      { cause },
    );
    this.path = path;
  }
}

/**
 * Reads a message of the commands queue.
 * @param body the message's text
 * @throws CommandInvalidError
 */
export function commandMessage(body: string): Command {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new CommandInvalidError('', 'it is not JSON', error);
  }
  const parsed = commandSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CommandInvalidError(
      issue?.path.join('.') ?? '',
      issue?.message ?? 'unknown shape',
      parsed.error,
    );
  }
  const command = parsed.data;
  if (command.kind !== 'flush') return command;
  const { scope: given, note, ...rest } = command;
  return {
    ...rest,
    scope: {
      ...(given.route !== undefined && { route: given.route }),
      ...(given.partition !== undefined && { partition: given.partition }),
    },
    ...(note !== undefined && { note }),
  };
}

/**
 * A command as a message's text.
 *
 * A partition is any text that a key can hold, but two kinds must not stand in a message as they are: SQS refuses
 * U+FFFE and U+FFFF (SendMessage, API reference), and the Scheduler replaces `<aws.scheduler.…>` (Scheduler user guide,
 * context attributes), which would name another partition.
 */
export function commandText(command: Command): string {
  return JSON.stringify(command).replace(
    /[<\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
