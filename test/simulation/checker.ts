import { checkAnnouncements } from './check-announcements.ts';
import { checkDelivery } from './check-delivery.ts';
import { checkExecutions } from './check-executions.ts';
import { checkFlushes } from './check-flushes.ts';
import { checkLateness } from './check-lateness.ts';
import { checkLog } from './check-log.ts';
import { checkProjections } from './check-projections.ts';
import { checkWork } from './check-work.ts';
import { type Ledger, readLedger } from './ledger.ts';
import type { World } from './world.ts';

/**
 * Holds a world that has come to rest against the promises of the product. Shares no code with it: identity, the
 * fold of the log and every rule are written anew here. Each violation begins with the word of what was broken.
 */
export async function check(world: World, healedAt: number): Promise<string[]> {
  return checkAgainst(world, await readLedger(world), healedAt);
}

/** The same with logs that were read already. */
export async function checkAgainst(world: World, ledger: Ledger, healedAt: number): Promise<string[]> {
  return [
    ...world.history.mistakes.map((mistake) => `mistake: ${mistake}`),
    ...ledger.partitions.flatMap((partition) => checkLog(partition, world.history)),
    ...checkDelivery(world, ledger),
    ...checkLateness(world, ledger, healedAt),
    ...checkWork(world, ledger),
    ...(await checkExecutions(world, ledger)),
    ...(await checkFlushes(world, ledger)),
    ...(await checkProjections(world, ledger)),
    ...(await checkAnnouncements(world, ledger)),
  ];
}
