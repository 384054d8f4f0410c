import { advance, type Partition, unknownPartition } from '../../src/service/partition.ts';
import { plainRecord, realisticEvent, seeded } from '../contracts/records.ts';

/** Events come as they are born, so none asks for more than two minutes back. */
export const REACH = 120_000;

/** A partition whose log has so many records of ten events, committed at `at`. */
export function partitionWith(name: string, records: number, at = 0): Partition {
  const partition = unknownPartition({ route: 'sales', partition: name });
  for (let seq = 1; seq <= records; seq += 1) addRecord(partition, seq, at);
  return partition;
}

/** A record of ten more. */
export function addRecord(partition: Partition, seq: number, at: number): void {
  const events = Array.from({ length: 10 }, (_, index) => {
    const number = seq * 10 + index;
    return realisticEvent(seeded(number), number);
  });
  advance(partition, { ...plainRecord(seq, 1), at, events }, at);
  partition.asked = at - REACH;
}

/** Identities that it remembers. */
export const remembered = ({ young, old }: Partition) => young.seen.size + old.seen.size;
