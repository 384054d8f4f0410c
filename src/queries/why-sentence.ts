import { counted, duration, instantText, placeText, quoted } from './phrases.ts';
import type { WhyState } from './why.ts';
import { skippedTick, standing, type WhyCondition } from './why-conditions.ts';
import type { WhyFacts } from './why-facts.ts';

/** How long after a deadline its timer may take before it is called missing (ms): what reconcile waits, too. */
const TIMER_LATE_MS = 60_000;

/** The one sentence on a state. Every state has its own; the conditions are worded beside them. */
export function sentenceOf(state: WhyState, facts: WhyFacts, conditions: WhyCondition[]): string {
  const place = placeText(facts.route, facts.partition);
  switch (state) {
    case 'no-such-route':
      return `There is no route ${quoted(facts.route)}.${didYouMean(facts.nearestRoutes)}`;
    case 'no-such-partition':
      return noSuchPartition(facts);
    case 'several-partitions':
      return severalPartitions(facts);
    case 'never-used':
      return neverUsed(facts, place);
    case 'removed-route':
      return removedRoute(facts, place, conditions);
    case 'empty':
      return `No window of ${place} is open: the next event opens one.${lastBatchText(facts)}`;
    case 'overdue':
      return overdue(facts);
    case 'collecting':
      return `${collecting(facts, conditions)}.`;
  }
}

function collecting(facts: WhyFacts, conditions: WhyCondition[]): string {
  const window = facts.window?.window;
  const binding = conditions.find((each) => each.binding);
  if (!window || binding?.at === undefined) return '';
  const closes = `closes by ${binding.condition} in ${duration(binding.at - facts.now)}, at ${instantText(binding.at)}`;
  const skips = facts.ticks.map(skippedTick).filter((each) => each !== null);
  return [`${window.count} of ${window.limits.count}`, closes, ...skips].join('; ');
}

function overdue({ window, now, configured, reconcileEveryMs }: WhyFacts): string {
  if (!window) return '';
  const late = now - window.due.at;
  const { count, limits } = window.window;
  const start = `${count} of ${limits.count}; the deadline passed ${duration(late)} ago, at ${instantText(window.due.at)}`;
  const removed = configured
    ? ''
    : ' The route is no longer in the configuration; the window closes all the same.';
  if (late <= TIMER_LATE_MS)
    return `${start}; it closes by ${window.due.reason} as soon as its timer comes.${removed}`;
  return `${start}, but its timer did not come; reconcile closes it by ${window.due.reason} within ${duration(reconcileEveryMs)}.${removed}`;
}

function removedRoute(facts: WhyFacts, place: string, conditions: WhyCondition[]): string {
  if (!facts.window)
    return `The ${place} is no longer in the configuration and no window of it is open: nothing more will close.${lastBatchText(facts)}`;
  return `${collecting(facts, conditions)}. The ${place} is no longer in the configuration: its window keeps the policy that it opened with and gets no more events.`;
}

function neverUsed({ configured }: WhyFacts, place: string): string {
  const { bucket = '', prefix = '', suffixes = [] } = configured ?? {};
  const ending = suffixes.length > 0 ? ` ending in ${suffixes.join(' or ')}` : '';
  return `No event of ${place} was seen yet: it waits for objects under s3://${bucket}/${prefix}${ending}.`;
}

function noSuchPartition({ route, partition = '', nearestPartitions, configured }: WhyFacts): string {
  if (configured && !configured.prefix.includes('{'))
    return `Route ${quoted(route)} has no partitions: ask for it without ${quoted(partition)}.`;
  return `Route ${quoted(route)} has seen no event of a partition ${quoted(partition)}.${didYouMean(nearestPartitions)}`;
}

function severalPartitions({ route, whole, now }: WhyFacts): string {
  const { partitions = 0, open = 0, next = [] } = whole ?? {};
  if (partitions === 0) return `Route ${quoted(route)} has seen no event yet, so it has no partitions.`;
  const [first] = next;
  if (!first)
    return `No window of route ${quoted(route)} is open in its ${counted(partitions, 'partition')}: the next event opens one.`;
  const left = first.due.at - now;
  const when = left >= 0 ? `in ${duration(left)}` : `now, ${duration(left)} overdue`;
  return `${counted(open, 'window')} of route ${quoted(route)} ${open === 1 ? 'is' : 'are'} open in ${counted(partitions, 'partition')}; ${quoted(first.partition)} closes next, by ${first.due.reason} ${when}. Name a partition for the whole answer.`;
}

function lastBatchText({ lastBatch }: WhyFacts): string {
  if (!lastBatch) return '';
  const { count, reason, closedAt } = lastBatch;
  return ` The last batch closed by ${reason} at ${instantText(closedAt)} with ${counted(count, 'event')}; ${standing(lastBatch)}.`;
}

function didYouMean(names: string[] | undefined): string {
  if (!names || names.length === 0) return '';
  const shown = names.map(quoted);
  const last = shown.pop();
  return ` Did you mean ${shown.length > 0 ? `${shown.join(', ')} or ` : ''}${last}?`;
}
