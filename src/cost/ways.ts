import type { Usage } from './bill.ts';
import { glueTrigger, mapping, pipe } from './held.ts';
import { expressPerFile, onePerFile } from './per-file.ts';
import { transactions } from './transactions.ts';
import type { Work } from './work.ts';

/** The same files by one of the ways in which people build this today. */
export interface Way {
  name: string;
  files: Usage[];
  standing: Usage[];
  /** What it does not do, or does otherwise, in a line. */
  not: string;
  /** What its price leaves out, or rests on, in a line; empty where there is nothing to say. */
  counted: string;
}

/** The same files in batches of another size, with the work units and transitions that these have. */
export type Rebatched = (batchSize: number) => Work;

/** @param ours what Spillway itself uses, standing included */
export function ways(work: Work, rebatched: Rebatched, ours: Pick<Way, 'files' | 'standing'>): Way[] {
  return [
    onePerFile(rebatched(1)),
    expressPerFile(rebatched(1)),
    transactions(
      work,
      ours,
      'a transaction per event',
      1,
      'exact, at 4 write units an event; measured locally, some hundred events a second on one route',
    ),
    transactions(
      work,
      ours,
      'transactions of up to 99 events',
      99,
      'exact; with several writers transactions cancel each other and are billed all the same',
    ),
    glueTrigger(work),
    pipe(work, rebatched),
    mapping(work, rebatched),
  ];
}
