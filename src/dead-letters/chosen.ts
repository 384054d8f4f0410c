import type { DeadLetters, HeldLetter } from './queue.ts';

/** Which letters are meant. */
export interface Choice {
  /** Only these. */
  ids?: readonly string[];
  /** At most so many of each queue. */
  limit: number;
}

/**
 * Does `work` with every letter that is meant, a few at a time, while nobody else sees it; ends when all ids were
 * met. `work` must not reject: one letter must not keep the others.
 * @param onSeen is told how many were seen so far, after every few
 */
export async function withChosen(
  queues: readonly DeadLetters[],
  { ids, limit }: Choice,
  work: (held: HeldLetter) => Promise<void>,
  onSeen: (seen: number) => void = () => {},
): Promise<void> {
  const wanted = ids === undefined ? null : new Set(ids);
  let seen = 0;
  const search = async (queue: DeadLetters) => {
    for await (const group of queue.walk(limit)) {
      const chosen = group.filter(({ letter }) => wanted === null || wanted.delete(letter.id));
      await Promise.all(chosen.map(work));
      seen += group.length;
      onSeen(seen);
      if (wanted?.size === 0) return;
    }
  };
  await Promise.all(queues.map(search));
}
