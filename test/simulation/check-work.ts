import type { Ledger } from './ledger.ts';
import type { World } from './world.ts';

/** Tries per record, however bad the weather: the worst of thousands of seeds needed 4. */
const APPENDS_PER_RECORD_MAX = 8;
/** Reads per event delivered; short pages and memories that hold a handful cost most. The worst needed 35. */
const READS_PER_EVENT_MAX = 80;
/** What even a world of few events spends on deadlines, flushes and reconciling. */
const APPENDS_BASE = 100;
const READS_BASE = 5_000;

/** Work is bounded by what there is to do: no storm of retries, no reading of the whole log again and again. */
export function checkWork({ history }: World, ledger: Ledger): string[] {
  const records = ledger.partitions.reduce((sum, partition) => sum + partition.records.length, 0);
  const { append, read } = history.logCalls;
  const problems: string[] = [];
  if (append > APPENDS_BASE + APPENDS_PER_RECORD_MAX * records)
    problems.push(`work: ${append} appends for ${records} records`);
  if (read > READS_BASE + READS_PER_EVENT_MAX * history.delivered)
    problems.push(`work: ${read} reads for ${history.delivered} events delivered`);
  return problems;
}
