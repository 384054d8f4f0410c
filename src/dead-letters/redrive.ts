import { type Choice, withChosen } from './chosen.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetters, HeldLetter } from './queue.ts';

/** What became of the letters that were looked at. */
export interface Redriven {
  /** Sent back to their queue. */
  sent: DeadLetter[];
  /** Removed, because nothing needs them any more. */
  forgotten: DeadLetter[];
  /** Still there, with the reason. */
  left: { letter: DeadLetter; because: string }[];
}

/**
 * Moves dead letters back to where they came from, at most `limit` of each queue. Safe to repeat and to interrupt: a
 * letter is sent before it is removed, an event that comes twice is counted once, and a command that comes twice does
 * nothing the second time.
 *
 * SQS's own StartMessageMoveTask would not do: it takes only what another queue gave up, would send status events
 * where they are poison, and does not unwrap what schedules leave.
 *
 * @param options.dryRun says what would become of them; changes nothing
 * @param options.onSeen is told how many letters were seen so far
 */
export async function redrive(
  queues: readonly DeadLetters[],
  options: Choice & { dryRun: boolean; onSeen?: (seen: number) => void },
): Promise<Redriven> {
  const done: Redriven = { sent: [], forgotten: [], left: [] };
  await withChosen(queues, options, (held) => treat(held, options.dryRun, done), options.onSeen);
  return done;
}

async function treat(held: HeldLetter, dryRun: boolean, done: Redriven): Promise<void> {
  const { letter } = held;
  const { remedy } = letter;
  try {
    switch (remedy.do) {
      case 'send':
        if (!dryRun) await held.sendBack(remedy.text);
        done.sent.push(letter);
        return;
      case 'forget':
        if (!dryRun) await held.remove();
        done.forgotten.push(letter);
        return;
      case 'keep':
        done.left.push({ letter, because: letter.why });
    }
  } catch (error) {
    // One letter that cannot be moved must not keep the others.
    done.left.push({ letter, because: error instanceof Error ? error.message : String(error) });
  }
}
