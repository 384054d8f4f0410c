import { type Ledger, nameOf } from './ledger.ts';
import type { World } from './world.ts';

/** What became of every batch is announced at least once, and nothing that did not happen. */
export async function checkAnnouncements(world: World, ledger: Ledger): Promise<string[]> {
  const problems: string[] = [];
  const announced = new Map<string, Set<string>>();
  const batches = new Map(ledger.batches.map((each) => [each.batch.id, each]));
  for (const { type, batch, execution } of world.announced) {
    announced.set(batch.id, (announced.get(batch.id) ?? new Set()).add(type));
    const known = batches.get(batch.id);
    if (!known) problems.push(`announcement: ${type} of ${batch.id}, which is no batch`);
    else if (
      batch.count !== known.batch.count ||
      batch.reason !== known.batch.reason ||
      nameOf(batch) !== nameOf(known.key)
    )
      problems.push(`announcement: ${type} of ${batch.id} says what is not so`);
    if (type !== 'Batch Closed' && execution === undefined)
      problems.push(`announcement: ${type} names no execution`);
  }
  for (const [id, { policy }] of batches) {
    const types = announced.get(id) ?? new Set();
    const expected = ['Batch Closed', 'Execution Started'];
    const state = policy && (await world.executions.describe({ name: id, pipeline: policy.pipeline }));
    if (state?.status === 'succeeded') expected.push('Execution Succeeded');
    if (state?.status === 'failed') expected.push('Execution Failed');
    for (const type of expected)
      if (!types.has(type)) problems.push(`announcement: ${type} of ${id} is missing`);
  }
  return problems;
}
