import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ObjectEvent } from '../../src/core/event.ts';
import type { Table } from '../../src/table/items.ts';
import type { BenchTable } from './engine.ts';
import type { Meter } from './meter.ts';
import type { Writer } from './strategies/strategy.ts';
import { lcg } from './workload.ts';

/** A writer that can be killed at one of its requests. */
export interface Process {
  writer: Writer;
  /** Delivers a micro-batch and dies of it: before or after one of its first requests was carried out. */
  dieOf(events: ObjectEvent[]): Promise<void>;
}

/** Hands out connections, counts what goes over them, and cuts those of a process that dies. */
export interface Processes {
  connect(): Table;
  /** A process whose connections are those that `make` asks for. */
  born(make: () => Writer): Process;
}

/** One of so many requests is the last. A commit needs one to four. */
const LAST_REQUEST_MAX = 4;

class Died extends Error {
  override readonly name = 'Died';
}

/** How a process ends: after `left` more requests; the last is carried out, or not. */
interface Fate {
  left: number;
  carriedOut: boolean;
  died(): void;
}

export function createProcesses(table: BenchTable, meter: Meter, seed: number): Processes {
  const random = lcg(seed);
  let life: { fate: Fate | null } = { fate: null };

  return {
    connect() {
      const connection = table.connect();
      const own = life;
      watchFate(connection.client, () => own.fate);
      meter.watch(connection.client);
      return connection;
    },
    born(make) {
      const own: { fate: Fate | null } = { fate: null };
      life = own;
      const writer = make();
      life = { fate: null };
      return {
        writer,
        async dieOf(events) {
          const death = Promise.withResolvers<void>();
          own.fate = {
            left: 1 + Math.floor(random() * LAST_REQUEST_MAX),
            carriedOut: random() < 0.5,
            died: () => death.resolve(),
          };
          // What is dead may go on trying in vain; nobody listens.
          await Promise.race([writer.count(events).catch(() => undefined), death.promise]);
          own.fate.left = 0;
          own.fate.carriedOut = false;
        },
      };
    },
  };
}

function watchFate(client: DynamoDBClient, fateOf: () => Fate | null): void {
  client.middlewareStack.add(
    (next) => async (call) => {
      const fate = fateOf();
      if (fate === null) return next(call);
      fate.left -= 1;
      if (fate.left > 0) return next(call);
      if (fate.left === 0 && fate.carriedOut) await next(call).catch(() => undefined);
      const error = new Died('The process died.');
      fate.died();
      throw error;
    },
    { step: 'initialize', name: 'fate', priority: 'high' },
  );
}
