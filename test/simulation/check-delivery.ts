import type { History } from './history.ts';
import { isSame, type Ledger, nameOf, writeName } from './ledger.ts';
import type { World } from './world.ts';

/** Promises 1 and 2: no event is lost, none counted twice within a route, none made up. */
export function checkDelivery({ history, shape }: World, ledger: Ledger): string[] {
  return [
    ...checkAcknowledged(history, ledger),
    ...checkCountedOnce(ledger, shape.faults['route moved'] !== undefined),
    ...checkTrueToLife(history, ledger),
  ];
}

function checkAcknowledged({ acknowledged, written }: History, ledger: Ledger): string[] {
  const problems: string[] = [];
  const heard = new Set<string>();
  const held = new Map(
    ledger.partitions.map((partition) => [
      nameOf(partition.key),
      new Map(
        partition.records.flatMap((record) => record.events.map((event) => [writeName(event), record.seq])),
      ),
    ]),
  );
  for (const { event, outcome } of acknowledged) {
    const name = writeName(event);
    heard.add(name);
    if (outcome.kind === 'unrouted') {
      if (!event.key.startsWith('elsewhere/')) problems.push(`lost: ${name} was called unrouted`);
    } else if (outcome.kind === 'ignored') {
      if (event.size > 0 || !event.key.endsWith('/')) problems.push(`lost: ${name} was ignored`);
    } else {
      const record = held.get(nameOf(outcome))?.get(name);
      if (record !== outcome.record)
        problems.push(
          `lost: ${name} was said to be in ${nameOf(outcome)} record ${outcome.record}, is in ${record}`,
        );
    }
  }
  for (const event of written) {
    const name = writeName(event);
    if (!heard.has(name)) problems.push(`lost: ${name} was never acknowledged`);
  }
  return problems;
}

function checkCountedOnce(ledger: Ledger, routesMove: boolean): string[] {
  const problems: string[] = [];
  const places = new Map<string, { route: string; partition: string }>();
  for (const { key, events } of ledger.partitions) {
    for (const event of events) {
      const name = writeName(event);
      const scope = routesMove ? `${key.route} ${name}` : name;
      const other = places.get(scope);
      if (other && !isSame(other, key))
        problems.push(`twice: ${name} is in ${nameOf(other)} and in ${nameOf(key)}`);
      places.set(scope, key);
    }
  }
  return problems;
}

/** What the log holds is what was written, field by field. */
function checkTrueToLife({ written }: History, ledger: Ledger): string[] {
  const problems: string[] = [];
  const originals = new Map(written.map((event) => [writeName(event), event]));
  for (const { key, events } of ledger.partitions) {
    for (const event of events) {
      const original = originals.get(writeName(event));
      if (!original) problems.push(`made up: ${nameOf(key)} holds ${writeName(event)}`);
      else if (original.size !== event.size || original.etag !== event.etag || original.time !== event.time)
        problems.push(`made up: ${nameOf(key)} holds other facts on ${writeName(event)}`);
    }
  }
  return problems;
}
