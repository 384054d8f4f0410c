import type { Limits, Policy } from '../core/policy.ts';
import type { LogState, OpenWindow } from '../core/window.ts';
import { absolute, listOf, RecordShapeError, relative, textOf } from './record-fields.ts';

/** What the reader of a state knows by then. */
export interface StateContext {
  seq: number;
  at: number;
  policy: Policy | undefined;
}

export function packState(state: LogState, context: StateContext): unknown[] {
  const packed: unknown[] = [
    state.epoch,
    relative(state.next, 0),
    relative(state.watermark, context.at),
    relative(state.windowSeq, 0),
  ];
  if (state.window !== null) packed.push(packWindow(state.window, state.next, context));
  return packed;
}

export function unpackState(packed: unknown, context: StateContext): LogState {
  const [epoch, next, watermark, windowSeq, window] = listOf(packed, 'state');
  const offset = absolute(next, 0, 'next');
  return {
    epoch: textOf(epoch, 'epoch'),
    next: offset,
    watermark: absolute(watermark, context.at, 'watermark'),
    windowSeq: absolute(windowSeq, 0, 'windowSeq'),
    window: window === undefined ? null : unpackWindow(window, offset, context),
  };
}

/** Limits and version are left out (0) where the record's own policy says the same. */
function packWindow(window: OpenWindow, next: number, context: StateContext): unknown[] {
  const { seq, at, policy } = context;
  const limits = packLimits(window.limits);
  const inPolicy = policy !== undefined && sameJson(limits, packLimits(policy.limits));
  return [
    relative(window.count, 0),
    // The open window ends where the next event goes, so this is 0.
    relative(window.start, next - window.count),
    relative(window.firstRecord, seq),
    relative(window.openedAt, at),
    relative(window.lastAt, at),
    relative(window.bytes, 0),
    inPolicy ? 0 : limits,
    window.policyVersion === policy?.version ? 0 : window.policyVersion,
    window.last,
    window.first === window.last ? 0 : window.first,
  ];
}

function unpackWindow(packed: unknown, next: number, context: StateContext): OpenWindow {
  const { seq, at, policy } = context;
  const [count, start, firstRecord, openedAt, lastAt, bytes, limits, version, last, first] = listOf(
    packed,
    'window',
  );
  const events = absolute(count, 0, 'window count');
  const latest = textOf(last, 'last');
  return {
    start: absolute(start, next - events, 'window start'),
    firstRecord: absolute(firstRecord, seq, 'firstRecord'),
    openedAt: absolute(openedAt, at, 'openedAt'),
    lastAt: absolute(lastAt, at, 'lastAt'),
    count: events,
    bytes: absolute(bytes, 0, 'window bytes'),
    limits: limits === 0 ? ofPolicy(policy).limits : unpackLimits(limits),
    policyVersion: version === 0 ? ofPolicy(policy).version : textOf(version, 'policyVersion'),
    first: first === 0 ? latest : textOf(first, 'first'),
    last: latest,
  };
}

function ofPolicy(policy: Policy | undefined): Policy {
  if (policy === undefined) throw new RecordShapeError('a policy should be there for its window');
  return policy;
}

function packLimits(limits: Limits): unknown[] {
  const { count, windowMs, bytes, quietMs } = limits;
  const packed = [count, windowMs, bytes, quietMs].map((limit) =>
    limit === undefined ? null : relative(limit, 0),
  );
  while (packed.at(-1) === null) packed.pop();
  return packed;
}

function unpackLimits(packed: unknown): Limits {
  const [count, windowMs, bytes, quietMs] = listOf(packed, 'limits');
  const limits: Limits = {
    count: absolute(count, 0, 'limits count'),
    windowMs: absolute(windowMs, 0, 'limits windowMs'),
  };
  if (bytes !== undefined && bytes !== null) limits.bytes = absolute(bytes, 0, 'limits bytes');
  if (quietMs !== undefined && quietMs !== null) limits.quietMs = absolute(quietMs, 0, 'limits quietMs');
  return limits;
}

/**
 * A policy by position. Free-form parts stay as they are, with their keys in their order: the order of
 * `csv.columns` is the order of the columns in the files.
 */
export function packPolicy(policy: Policy): unknown[] {
  const { version, limits, pipeline, output, csv, parameters } = policy;
  const packed: unknown[] = [
    version,
    packLimits(limits),
    pipeline.name,
    pipeline.stateMachineArn,
    output === undefined ? null : [output.bucket, output.prefix],
    csv ?? null,
    parameters ?? null,
  ];
  while (packed.at(-1) === null) packed.pop();
  return packed;
}

export function unpackPolicy(packed: unknown): Policy {
  const [version, limits, name, arn, output, csv, parameters] = listOf(packed, 'policy');
  const policy: Policy = {
    version: textOf(version, 'policy version'),
    limits: unpackLimits(limits),
    pipeline: { name: textOf(name, 'pipeline name'), stateMachineArn: textOf(arn, 'stateMachineArn') },
  };
  if (output !== undefined && output !== null) {
    const [bucket, prefix] = listOf(output, 'output');
    policy.output = { bucket: textOf(bucket, 'output bucket'), prefix: textOf(prefix, 'output prefix') };
  }
  if (csv !== undefined && csv !== null) policy.csv = unpackCsv(csv);
  if (parameters !== undefined && parameters !== null) policy.parameters = objectOf(parameters, 'parameters');
  return policy;
}

function unpackCsv(packed: unknown): NonNullable<Policy['csv']> {
  const { columns, delimiter } = objectOf(packed, 'csv');
  const csv: NonNullable<Policy['csv']> = {};
  if (columns !== undefined) {
    csv.columns = Object.fromEntries(
      Object.entries(objectOf(columns, 'columns')).map(([column, type]) => [column, textOf(type, column)]),
    );
  }
  if (delimiter !== undefined) csv.delimiter = textOf(delimiter, 'delimiter');
  return csv;
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new RecordShapeError(`${what} should be an object`);
  }
  return { ...value };
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
