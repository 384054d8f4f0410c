import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STACK } from './deploy.ts';
import type { World } from './world.ts';

/** Where a function dies: instead of this call, or when it is carried out and the reply not yet there. */
export interface Fault {
  function: 'ingest' | 'command' | 'process-csv';
  call: 'dynamodb.PutItem' | 'states.StartExecution';
  when: 'before' | 'after';
  /** Text that the call's body contains. */
  match: string;
}

/** Lays a fault; the function is killed (SIGKILL) at the first such call. */
export async function lay(world: World, { function: name, call, when, match }: Fault): Promise<void> {
  const fault = { function: `${STACK}-${name}`, match };
  await writeFile(fileOf(world, { call, when }), JSON.stringify(fault));
}

/** Whether the fault that was laid has been committed. */
export async function committed(world: World, fault: Fault): Promise<boolean> {
  return access(`${fileOf(world, fault)}.done`).then(
    () => true,
    () => false,
  );
}

function fileOf(world: World, { call, when }: Pick<Fault, 'call' | 'when'>): string {
  return join(world.ministack.faults, `${call}.${when}.json`);
}
