import type { Reason } from '../core/window.ts';
import { counted, duration, instantText, sizeText } from './phrases.ts';
import type { TickFacts, WhyFacts } from './why-facts.ts';
import type { WindowFacts } from './windows.ts';

/** One thing that can close a window, and how far it is from doing so. */
export interface WhyCondition {
  condition: Exclude<Reason, 'marker'> | 'last-batch';
  /** True for the one condition that closes the window next, unless more events come. */
  binding: boolean;
  sentence: string;
  /** When this condition would close the window (ms). */
  at?: number;
  value?: number;
  limit?: number;
}

/** Every condition with its present value; at most one of them binding. */
export function conditionsOf(facts: WhyFacts): WhyCondition[] {
  const { window, now } = facts;
  const conditions = [
    ...(window ? windowConditions(window, now) : []),
    ...facts.ticks.flatMap((tick) => tickConditions(tick, facts)),
    ...lastBatchCondition(facts),
  ];
  const binding = window && bindingOf(conditions);
  return conditions.map((each) => ({ ...each, binding: each === binding }));
}

/** The sentence about a tick that left the window open, or null. */
export function skippedTick({ previous }: TickFacts): string | null {
  if (!previous || previous.outcome === 'closed') return null;
  const { count, minEvents, local } = previous;
  return `cron skipped ${local}: ${count} < minEvents ${minEvents}`;
}

function bindingOf(conditions: WhyCondition[]): WhyCondition | undefined {
  const timed = conditions.filter(({ at }) => at !== undefined);
  return timed.reduce<WhyCondition | undefined>(
    (first, each) => (first?.at === undefined || (each.at ?? first.at) < first.at ? each : first),
    undefined,
  );
}

function windowConditions({ window }: WindowFacts, now: number): WhyCondition[] {
  const { limits, count, bytes } = window;
  const conditions: WhyCondition[] = [];
  const add = (condition: Omit<WhyCondition, 'binding'>) => conditions.push({ binding: false, ...condition });
  add({
    condition: 'count',
    sentence: `${count} of ${counted(limits.count, 'event')}; ${limits.count - count} more close it`,
    value: count,
    limit: limits.count,
  });
  const timeAt = window.openedAt + limits.windowMs;
  add({
    condition: 'time',
    sentence: `time limit ${duration(limits.windowMs)} from ${instantText(window.openedAt)}; ${leftText(timeAt, now)}`,
    at: timeAt,
    value: now - window.openedAt,
    limit: limits.windowMs,
  });
  if (limits.quietMs !== undefined)
    add({
      condition: 'quiet',
      sentence: `quiet for ${duration(now - window.lastAt)} of ${duration(limits.quietMs)}; ${leftText(window.lastAt + limits.quietMs, now)}`,
      at: window.lastAt + limits.quietMs,
      value: now - window.lastAt,
      limit: limits.quietMs,
    });
  if (limits.bytes !== undefined)
    add({
      condition: 'bytes',
      sentence: `${sizeText(bytes)} of ${sizeText(limits.bytes)}`,
      value: bytes,
      limit: limits.bytes,
    });
  return conditions;
}

function tickConditions(tick: TickFacts, facts: WhyFacts): WhyCondition[] {
  const { next } = tick;
  const skipped = skippedTick(tick);
  if (!next) return skipped ? [{ condition: 'schedule', binding: false, sentence: skipped }] : [];
  const count = facts.window?.window.count ?? 0;
  const enough = count >= next.minEvents;
  const effect = enough
    ? 'closes the window then'
    : `skips unless ${counted(next.minEvents, 'event')} ${next.minEvents === 1 ? 'is' : 'are'} there by then`;
  const sentence = `cron ${next.cron} (${next.timezone}) ticks next at ${next.local}, in ${duration(next.at - facts.now)}, and ${effect}`;
  return [
    {
      condition: 'schedule',
      binding: false,
      sentence: skipped ? `${sentence}; ${skipped}` : sentence,
      ...(enough && facts.window && { at: next.at }),
      value: count,
      limit: next.minEvents,
    },
  ];
}

function lastBatchCondition({ lastBatch }: WhyFacts): WhyCondition[] {
  if (!lastBatch) return [];
  const { id, reason, count, closedAt } = lastBatch;
  const sentence = `last batch ${id}: ${counted(count, 'event')}, closed by ${reason} at ${instantText(closedAt)}, ${standing(lastBatch)}`;
  return [{ condition: 'last-batch', binding: false, sentence }];
}

/** How the last batch's execution stands, in words. */
export function standing({ status, error }: NonNullable<WhyFacts['lastBatch']>): string {
  if (status === undefined) return 'its execution not started yet';
  return error === undefined ? status : `${status} (${error})`;
}

function leftText(at: number, now: number): string {
  return at >= now ? `${duration(at - now)} left` : `passed ${duration(now - at)} ago`;
}
