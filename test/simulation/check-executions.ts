import type { ObjectEvent } from '../../src/core/event.ts';
import type { BatchLedger, Ledger } from './ledger.ts';
import { nameOf } from './ledger.ts';
import type { World } from './world.ts';

/** Promise 5: one execution per batch, with the batch's events and its window's state machine, however often started. */
export async function checkExecutions({ executions, objects }: World, ledger: Ledger): Promise<string[]> {
  const problems: string[] = [];
  const calls = Map.groupBy(executions.calls, ({ name }) => name);
  const batches = new Map(ledger.batches.map((each) => [each.batch.id, each]));
  if (batches.size !== ledger.batches.length) problems.push('execution: two batches have the same id');
  for (const [name, ofName] of calls) {
    if (!batches.has(name)) problems.push(`execution: ${name} is no batch's`);
    if (ofName.filter(({ already }) => !already).length !== 1)
      problems.push(`execution: ${name} began more than once`);
    if (new Set(ofName.map(({ input }) => input)).size > 1)
      problems.push(`execution: ${name} had different inputs`);
  }
  for (const [id, each] of batches) {
    const [call] = calls.get(id) ?? [];
    if (!call) {
      problems.push(`execution: batch ${id} of ${nameOf(each.key)} was never started`);
      continue;
    }
    const arns = new Set(calls.get(id)?.map(({ pipeline }) => pipeline.stateMachineArn));
    if (arns.size !== 1 || !arns.has(each.policy?.pipeline.stateMachineArn ?? ''))
      problems.push(`execution: batch ${id} ran on ${[...arns].join(', ')}`);
    const input: Input = JSON.parse(call.input);
    const events = input.events ?? (await readManifest(objects, input));
    problems.push(...differences(each, input, events).map((what) => `execution: batch ${id}: ${what}`));
  }
  return problems;
}

interface Input {
  batch: Record<string, unknown>;
  events?: InputEvent[];
  manifest?: { bucket: string; key: string };
}

type InputEvent = Omit<Partial<ObjectEvent>, 'time'> & { time: string };

async function readManifest(objects: World['objects'], { manifest }: Input): Promise<InputEvent[]> {
  if (!manifest || !(await objects.head(manifest))) return [];
  const lines = Buffer.from(await objects.read(manifest))
    .toString()
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

function differences({ key, batch, events }: BatchLedger, input: Input, given: InputEvent[]): string[] {
  const expected: Record<string, unknown> = {
    id: batch.id,
    route: key.route,
    partition: key.partition,
    seq: batch.seq,
    reason: batch.reason,
    count: batch.count,
    bytes: batch.bytes,
    openedAt: iso(batch.openedAt),
    closedAt: iso(batch.closedAt),
    deadline: iso(batch.deadline),
  };
  const wrong = Object.keys(expected).filter((field) => input.batch[field] !== expected[field]);
  const problems = wrong.map((field) => `input has ${field} ${String(input.batch[field])}`);
  const ours = events.map((event) => line({ ...event, time: iso(event.time) })).join('\n');
  if (given.map(line).join('\n') !== ours)
    problems.push(`input has ${given.length} events that are not the batch's`);
  return problems;
}

function line({ bucket, key, size, etag, versionId, sequencer, time }: InputEvent): string {
  return JSON.stringify([bucket, key, size, etag, versionId, sequencer, time]);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
