import type { ObjectEvent } from '../core/event.ts';
import type { FoundBatch } from './batch.ts';
import type { Sources } from './sources.ts';

/** What came of one file in an execution that has ended. */
export interface FileResult {
  ok: boolean;
  /** Objects that the execution says it wrote. */
  outputs: string[];
  error?: string;
  cause?: string;
  /** False when the execution failed without naming this file. */
  named: boolean;
}

/** Outputs listed with a file; a batch may have written more. */
const OUTPUTS_MAX = 20;

/** Bytes of a report: ten thousand failures with their causes. */
const REPORT_BYTES_MAX = 32 * 1024 * 1024;

/** Trace entries read at a time, and altogether. */
const PAGE = 200;
const ENTRIES_MAX = 2_000;

/** The failure that a step reported of one file. */
interface Failure {
  error?: string;
  cause?: string;
}

/**
 * What came of a file, by what its execution ended with and, where that does not name it, by what its states handed
 * on. Pipelines are free in what they report: an object whose `key` is the file's and that has an `error` is its
 * failure; `outputs` lists what was written; a cause may end with the address of a whole report (`s3://….json`). Null
 * while it runs.
 */
export async function fileResult(
  sources: Sources,
  found: FoundBatch,
  event: ObjectEvent,
): Promise<FileResult | null> {
  const ended = found.execution ?? found.item;
  if (!ended || ended.status === 'running') return null;
  const report = await wholeReport(sources, ended.cause);
  const texts = [found.execution?.output, report].filter((text) => text !== undefined);
  const outputs = texts.flatMap((text) => outputsIn(parsed(text))).slice(0, OUTPUTS_MAX);
  const failure = firstFailure(texts, event) ?? (await failureInTrace(sources, found, event));
  if (failure) return { ok: false, outputs: [], named: true, ...failure };
  // A report names every file that failed: this one did not, though the execution as a whole failed.
  if (ended.status === 'succeeded' || report !== undefined) return { ok: true, outputs, named: true };
  const { error, cause } = ended;
  const told = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
  return { ok: false, outputs, named: false, ...told };
}

/** The report that a cause points to, where there is one that can be read. */
async function wholeReport(sources: Sources, cause: string | undefined): Promise<string | undefined> {
  const [, bucket, key] = /s3:\/\/([^/\s]+)\/(.+\.json)$/.exec(cause ?? '') ?? [];
  if (bucket === undefined || key === undefined) return undefined;
  const { objects } = sources.ports;
  try {
    const head = await objects.head({ bucket, key });
    if (!head || head.size > REPORT_BYTES_MAX) return undefined;
    return Buffer.from(await objects.read({ bucket, key })).toString();
  } catch {
    // Gone or not ours to read: the trace may still say what happened.
    return undefined;
  }
}

async function failureInTrace(
  sources: Sources,
  found: FoundBatch,
  event: ObjectEvent,
): Promise<Failure | null> {
  const { pipeline, batch } = found;
  if (!pipeline) return null;
  for (let from = 0; from < ENTRIES_MAX; from += PAGE) {
    const page = await sources.ports.executions.trace({ name: batch.id, pipeline }, { from, limit: PAGE });
    const texts = page.entries.map(({ output }) => output).filter((text) => text !== undefined);
    const failure = firstFailure(texts, event);
    if (failure) return failure;
    if (!page.more) return null;
  }
  return null;
}

function firstFailure(texts: string[], event: ObjectEvent): Failure | null {
  for (const text of texts) {
    // Parsing is dear; a text that does not hold the key in any spelling cannot name the file.
    if (!text.includes(JSON.stringify(event.key).slice(1, -1)) && !text.includes(event.key)) continue;
    const failure = failureIn(parsed(text), event);
    if (failure) return failure;
  }
  return null;
}

function failureIn(value: unknown, event: ObjectEvent): Failure | null {
  for (const node of objectsIn(value)) {
    if (node.key !== event.key || (node.bucket !== undefined && node.bucket !== event.bucket)) continue;
    const { error, cause } = node;
    if (typeof error !== 'string') continue;
    return { error, ...(typeof cause === 'string' && { cause }) };
  }
  return null;
}

function outputsIn(value: unknown): string[] {
  const names: string[] = [];
  for (const node of objectsIn(value)) {
    const { outputs } = node;
    if (!Array.isArray(outputs)) continue;
    for (const output of outputs) {
      if (typeof output === 'string') names.push(output);
      else if (isNode(output) && typeof output.key === 'string')
        names.push(`s3://${String(output.bucket ?? '')}/${output.key}`);
    }
  }
  return [...new Set(names)];
}

/** Every object inside a JSON value, outermost first. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  const left: unknown[] = [value];
  // A list instead of recursion: the depth of the value is somebody else's choice.
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    if (!isNode(next)) continue;
    yield next;
    for (const inner of Object.values(next)) if (isNode(inner)) left.push(inner);
  }
}

function isNode(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
