import type { LogRecord, LogState } from '../../src/core/window.ts';
import { type Commit, type History, textOf } from './history.ts';
import { nameOf, type PartitionLedger, writeName } from './ledger.ts';
import { NOTHING, type Replayed, replay } from './replay.ts';

/**
 * One partition's log, record by record: dense, ascending, unchanged since it was committed, and every record
 * exactly what the rules make of the one before. Promises 3, 4 (never early), 7 and 8, and fold = stored state.
 */
export function checkLog(partition: PartitionLedger, history: History): string[] {
  const problems: string[] = [];
  const digests = new Map<string, string>();
  let before = NOTHING;
  let last: LogRecord | null = null;
  for (const record of partition.records) {
    const at = `${nameOf(partition.key)} record ${record.seq}`;
    const commit = partition.commits.get(record.seq);
    const found = checkRecord({ before, last, record, commit, digests, history, route: partition.key.route });
    problems.push(...found.problems.map((problem) => `${at}: ${problem}`));
    before = found.after;
    last = record;
  }
  problems.push(...checkBatches(partition));
  return problems;
}

interface Step {
  before: Replayed;
  last: LogRecord | null;
  record: LogRecord;
  commit: Commit | undefined;
  digests: Map<string, string>;
  history: History;
  route: string;
}

function checkRecord(step: Step): { after: Replayed; problems: string[] } {
  const { before, last, record, commit } = step;
  const problems: string[] = [];
  if (record.seq !== (last?.seq ?? 0) + 1) problems.push(`order: follows record ${last?.seq ?? 0}`);
  if (record.at < (last?.at ?? 0)) problems.push('order: its time is before that of the record before');
  if (last && record.state.epoch !== last.state.epoch) problems.push('fold: the epoch changed');
  if (!commit) return { after: before, problems: [...problems, 'append-only: nobody committed this record'] };
  if (commit.text !== textOf(record)) problems.push('append-only: it differs from what was committed');
  problems.push(...checkTime(record, last, commit), ...checkPolicy(step, commit));

  // The committer's reading is in the record unless the record before lies ahead of it.
  const readings =
    record.at > (last?.at ?? 0) ? [record.at] : commit.readings.filter((now) => now <= record.at);
  const tries = readings.map((now) => {
    const { after, problems: broken } = replay(before, record, now);
    return { after, problems: [...broken, ...differences(after, record.state)] };
  });
  const fits = tries.find((each) => each.problems.length === 0) ?? tries[0];
  if (!fits) return { after: before, problems: [...problems, 'time: its committer never read such a time'] };
  problems.push(...fits.problems.map((problem) => `fold: ${problem}`));
  problems.push(...checkDigests(fits.after, record.state, step.digests));
  return { after: fits.after, problems };
}

function checkTime(record: LogRecord, last: LogRecord | null, commit: Commit): string[] {
  const problems: string[] = [];
  if (record.at !== (last?.at ?? 0) && !commit.readings.includes(record.at))
    problems.push(`time: ${record.at} is not what ${commit.process} read`);
  for (const batch of record.closed) {
    const early = batch.deadline - commit.clockMax;
    if ((batch.reason === 'time' || batch.reason === 'quiet') && early > 0)
      problems.push(
        `early: batch ${batch.seq} closed ${early} ms before its deadline by the clock of ${commit.process}`,
      );
  }
  return problems;
}

/** Exactly the records in which windows open carry a policy: one that was in force where they were committed. */
function checkPolicy({ record, history, route }: Step, commit: Commit): string[] {
  const { policy, closed, state } = record;
  const opens =
    state.window?.firstRecord === record.seq || closed.some(({ firstRecord }) => firstRecord === record.seq);
  if (opens !== (policy !== undefined))
    return [`policy: ${opens ? 'missing' : 'present though no window opened'}`];
  if (!policy) return [];
  const known = history.policies
    .filter((put) => put.route === route)
    .map((put) => JSON.stringify(put.policy));
  if (!known.some((text) => sameText(text, policy))) return ['policy: it was never configured'];
  if (!commit.policyVersions.includes(policy.version)) return [`policy: not in force at ${commit.process}`];
  return [];
}

function sameText(text: string, policy: NonNullable<LogRecord['policy']>): boolean {
  return textOfPolicy(JSON.parse(text)) === textOfPolicy(policy);
}

function textOfPolicy(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner === null || typeof inner !== 'object'
      ? inner
      : Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

function differences(after: Replayed, stored: LogState): string[] {
  const { window } = after;
  const pairs: [string, unknown, unknown][] = [
    ['next', after.next, stored.next],
    ['watermark', after.watermark, stored.watermark],
    ['windowSeq', after.windowSeq, stored.windowSeq],
    ['an open window', window !== null, stored.window !== null],
  ];
  if (window && stored.window) {
    for (const field of [
      'start',
      'firstRecord',
      'openedAt',
      'lastAt',
      'count',
      'bytes',
      'policyVersion',
    ] as const)
      pairs.push([`window ${field}`, window[field], stored.window[field]]);
    for (const field of ['count', 'windowMs', 'bytes', 'quietMs'] as const)
      pairs.push([`limit ${field}`, window.limits[field], stored.window.limits[field]]);
  }
  return pairs
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([field, ours, theirs]) => `${field} is ${String(theirs)} instead of ${String(ours)}`);
}

/** The digests in the state stand for events one to one, whatever they are. */
function checkDigests({ window }: Replayed, stored: LogState, digests: Map<string, string>): string[] {
  if (!window || !stored.window) return [];
  const problems: string[] = [];
  for (const [name, digest] of [
    [window.first, stored.window.first],
    [window.last, stored.window.last],
  ] as const) {
    const known = digests.get(digest) ?? name;
    digests.set(digest, known);
    if (known !== name) problems.push(`fold: digest ${digest} stands for ${known} and for ${name}`);
  }
  return problems;
}

function checkBatches({ key, batches, events, records }: PartitionLedger): string[] {
  const problems: string[] = [];
  let offset = 0;
  for (const [index, { batch, policy }] of batches.entries()) {
    const at = `${nameOf(key)} batch ${batch.seq}`;
    if (batch.seq !== index + 1) problems.push(`${at}: order: it is number ${index + 1}`);
    if (batch.from !== offset) problems.push(`${at}: order: it starts at ${batch.from} instead of ${offset}`);
    if (batch.to - batch.from !== batch.count || batch.count < 1)
      problems.push(`${at}: count: ${batch.count} is wrong`);
    if (!policy) problems.push(`${at}: policy: the record that opened its window has none`);
    else {
      const limit = policy.limits.count;
      if (policy.version !== batch.policyVersion)
        problems.push(`${at}: policy: it changed while the window was open`);
      if (batch.reason === 'count' && batch.count !== limit)
        problems.push(`${at}: count: ${batch.count} events instead of ${limit}`);
      if (batch.count > limit) problems.push(`${at}: count: ${batch.count} events, over ${limit}`);
    }
    offset = batch.to;
  }
  const open = records.at(-1)?.state.window;
  if ((open ? open.start : events.length) !== offset)
    problems.push(`${nameOf(key)}: order: batches end at ${offset}`);
  const names = new Set(events.map(writeName));
  if (names.size !== events.length)
    problems.push(`${nameOf(key)}: twice: ${events.length - names.size} events`);
  return problems;
}
