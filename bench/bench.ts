/** One measurement of `npm run bench`. It ends by itself and leaves nothing behind. */
export interface Bench {
  /** What it is asked for by. */
  name: string;
  /** What it measures, in a line. */
  about: string;
  run(options: BenchOptions): Promise<Section[] | Found>;
}

export interface BenchOptions {
  /** A rough answer in a fraction of the time. */
  quick: boolean;
  /** Told what is going on, a line at a time. */
  say(line: string): void;
  /** How often everything is measured; the middle counts. Benches that measure otherwise ignore it. */
  rounds: number;
  /** New events in a measurement; without it each strategy takes the same time instead. */
  events?: number;
  /** What random orders are drawn from. */
  seed: number;
  /** All flags of the command line, without their dashes: `minutes` → `60`. */
  flags: Readonly<Record<string, string>>;
}

/** Tables, and the single measurements that they were made from. */
export interface Found {
  /** What stood in for DynamoDB, where anything did. */
  engine?: string;
  sections: Section[];
  rows: readonly object[];
}

export type Cell = string | number | null;

/** A table with the words around it. Numbers are raw; their unit stands in the head. */
export interface Section {
  title: string;
  /** What was done, and how to read the table. */
  text: string;
  head: string[];
  rows: Cell[][];
  /** What was seen, what limits the figures, what was not exercised. */
  notes: string[];
}
