import type { Batch, PartitionKey } from '../src/core/window.ts';
import type { Log } from '../src/log/log.ts';
import type { BatchItem, Projections } from '../src/projections/projections.ts';
import { registered } from '../src/service/registry.ts';
import { isBelow, type RightsOfMachines } from './rights.ts';

/** An open window or a running batch that would lose what it needs. */
export interface Use extends PartitionKey {
  what: 'window' | 'batch';
  /** ARN of its state machine. */
  machine: string;
  /** `machine`: nothing knows its state machine any more. `place`: its steps may not read or write where it does. */
  loses: 'machine' | 'place';
}

/** State machines that open windows and running batches need are not deployed any more. Nothing has been changed. */
export class MachinesStillUsedError extends Error {
  override readonly name = 'MachinesStillUsedError';
  readonly uses: readonly Use[];

  constructor(uses: readonly Use[], stage: string) {
    const groups = Map.groupBy(uses, ({ route, what, machine }) => `${route}\n${what}\n${machine}`);
    const lines = [...groups.values()].flatMap((group) =>
      group.slice(0, 1).map(sentence(group.length, stage)),
    );
    super(
      `${lines.join('\n')}\nA pipeline's folder may stay while no route names it: remove it in a later deployment. ` +
        'Nothing was deployed.',
    );
    this.uses = uses;
  }
}

const sentence = (count: number, stage: string) => {
  const [it, noun] = count === 1 ? ['1', ''] : [String(count), 's'];
  return ({ route, what, machine }: Use): string =>
    what === 'window'
      ? `${it} open window${noun} of route "${route}" would lose the state machine ${machine}. Drain the route: ` +
        `npx spillway drain ${route} --stage ${stage}`
      : `${it} running batch${count === 1 ? '' : 'es'} of route "${route}" would lose the state machine ${machine}. ` +
        `See when it ends: npx spillway batches --route ${route} --stage ${stage}`;
};

/** Batches that have not ended are looked for among those of this long (ms), as reconcile does. */
const HORIZON_MS = 2 * 86_400_000;
const BATCHES_PAGE = 200;

interface Ports {
  log: Pick<Log, 'tail' | 'get'>;
  projections: Pick<Projections, 'routes' | 'partitions' | 'batches'>;
}

/** Open windows and running batches that would lose what they need. */
export async function losing(ports: Ports, after: RightsOfMachines, now: number): Promise<Use[]> {
  const { log, projections } = ports;
  const uses: Use[] = [];
  const note = async (key: PartitionKey, what: Use['what'], { firstRecord }: Pick<Batch, 'firstRecord'>) => {
    const lost = await lostBy(log, key, firstRecord, after);
    if (lost !== null) uses.push({ ...key, what, ...lost });
  };
  for (const route of await projections.routes()) {
    for await (const { partition } of registered(projections as Projections, route)) {
      const key = { route, partition };
      const window = (await log.tail(key))?.state.window;
      if (window) await note(key, 'window', window);
    }
    for await (const batch of running(projections, route, now)) {
      await note({ route, partition: batch.partition }, 'batch', batch);
    }
  }
  return uses;
}

/** The record that opened a window holds its policy and its first event. */
async function lostBy(
  log: Pick<Log, 'get'>,
  key: PartitionKey,
  firstRecord: number,
  after: RightsOfMachines,
): Promise<Pick<Use, 'machine' | 'loses'> | null> {
  const record = await log.get(key, firstRecord);
  if (record?.policy === undefined) return null;
  const { pipeline, output } = record.policy;
  const machine = pipeline.stateMachineArn;
  const rights = after.get(machine);
  if (rights === undefined) return { machine, loses: 'machine' };
  if (rights === null) return null;
  const file = record.events.at(-1);
  const reads = file === undefined || isBelow(`${file.bucket}/${file.key}`, rights.read);
  const writes = output === undefined || isBelow(`${output.bucket}/${output.prefix}`, rights.write);
  return reads && writes ? null : { machine, loses: 'place' };
}

/** Batches of a route that have not ended, among those that closed not long ago. */
export async function* running(
  projections: Pick<Projections, 'batches'>,
  route: string,
  now: number,
): AsyncGenerator<BatchItem> {
  let before: BatchItem | undefined;
  do {
    const page = await projections.batches(route, { limit: BATCHES_PAGE, ...(before && { before }) });
    yield* page.items.filter(({ status }) => status === 'running');
    before = page.more ? page.items.at(-1) : undefined;
  } while (before !== undefined && before.closedAt >= now - HORIZON_MS);
}
