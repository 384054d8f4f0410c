import type { Server } from 'node:http';
import { createRequire } from 'node:module';

/** As much of a LevelDB database as is used here; values are what its encoding makes of them. */
export interface Database {
  open(): Promise<void>;
  values(options?: object): Values;
  get(key: string): Promise<Buffer | undefined>;
  del(key: string): Promise<void>;
  close(): Promise<void>;
}

interface Values {
  nextv(size: number): Promise<Buffer[]>;
  close(): Promise<void>;
}

interface DatabaseClass {
  new (path: string, options: object): Database;
  prototype: Database;
}

export interface DynaliteOptions {
  /** The database's folder; without it the database lives in memory. */
  path?: string;
  /** ms that a table stays in the state CREATING. */
  createTableMs: number;
}

const require = createRequire(import.meta.url);
const requireOfDynalite = createRequire(require.resolve('dynalite'));

/** The very class that dynalite opens its database with. */
export const { Level } = requireOfDynalite('level') as { Level: DatabaseClass };
const { MemoryLevel } = requireOfDynalite('memory-level') as { MemoryLevel: DatabaseClass };

closeIterators(Level);
closeIterators(MemoryLevel);

/** Makes a server that speaks DynamoDB. Its database closes with it. */
export const dynalite: (options: DynaliteOptions) => Server = require('dynalite');

/**
 * dynalite ends an iterator by its method `return`, which the iterators of this library do not have: none was ever closed,
 * and each query held on to what LevelDB had read for it, and to files that were replaced since.
 */
function closeIterators({ prototype }: DatabaseClass): void {
  const { values } = prototype;
  prototype.values = function (options) {
    const iterator = values.call(this, options);
    return Object.assign(iterator, { return: () => iterator.close() });
  };
}
