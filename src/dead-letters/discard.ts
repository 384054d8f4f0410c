import { type Choice, withChosen } from './chosen.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetters } from './queue.ts';

/** What became of the letters that were to go. */
export interface Discarded {
  /** Removed for good. */
  gone: DeadLetter[];
  /** Still there, with the reason. */
  left: { letter: DeadLetter; because: string }[];
}

/** Removes these letters for good. An event among them is counted nowhere unless it was counted before. */
export async function discard(
  queues: readonly DeadLetters[],
  choice: Required<Choice>,
  onSeen?: (seen: number) => void,
): Promise<Discarded> {
  const done: Discarded = { gone: [], left: [] };
  await withChosen(
    queues,
    choice,
    async ({ letter, remove }) => {
      try {
        await remove();
        done.gone.push(letter);
      } catch (error) {
        done.left.push({ letter, because: error instanceof Error ? error.message : String(error) });
      }
    },
    onSeen,
  );
  return done;
}

/** The letters that are meant, as far as they are there. */
export async function findLetters(
  queues: readonly DeadLetters[],
  choice: Required<Choice>,
  onSeen?: (seen: number) => void,
): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  await withChosen(queues, choice, async ({ letter }) => void found.push(letter), onSeen);
  return found;
}
