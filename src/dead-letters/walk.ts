import type { Message } from '@aws-sdk/client-sqs';

/** SQS hands over 10 messages at most (ReceiveMessage, API reference). */
export const RECEIVED_MAX = 10;
/** Requests at a time. */
export const LANES = 4;
/**
 * Long enough to deal with the letters that are held, short enough that a walk which was cut off hides nothing for
 * long (s). A walk must not meet its first letters again before it has seen the last.
 */
const HIDDEN_S = 30;
const HIDDEN_S_MAX = 900;
/** What a walk sees at least, also when every receive is slow. */
const LETTERS_A_SECOND = 20;
/** Rounds that bring nothing new before a walk takes it that it has seen everything. */
const STALE_ROUNDS_MAX = 3;

/** What a round of receives brought. */
interface Round {
  /** Every message, with the receipt that counts from now on. */
  all: Message[];
  /** Those that no round brought before. */
  fresh: Message[];
}

/**
 * Receives until `limit` messages were seen, or all.
 * @param expected how many there are, about
 * @param receive up to `most` messages (10 at most), hidden from others for so many seconds
 */
export async function* freshMessages(
  limit: number,
  expected: number,
  receive: (most: number, hiddenS: number) => Promise<Message[]>,
): AsyncGenerator<Round> {
  const hiddenS = Math.min(HIDDEN_S_MAX, HIDDEN_S + Math.ceil(expected / LETTERS_A_SECOND));
  // Few letters want one receive: those that come back empty wait for a second.
  const width = Math.min(LANES, Math.max(1, Math.ceil(expected / RECEIVED_MAX)));
  const seen = new Set<string>();
  for (let stale = 0; seen.size < limit && stale < STALE_ROUNDS_MAX; ) {
    const left = limit - seen.size;
    const lanes = Math.min(width, Math.ceil(left / RECEIVED_MAX));
    const receives = Array.from({ length: lanes }, (_, lane) => receive(left - lane * RECEIVED_MAX, hiddenS));
    const all = (await Promise.all(receives)).flat();
    if (all.length === 0) return;
    const fresh = new Map<string, Message>();
    for (const message of all) {
      if (!seen.has(message.MessageId ?? '')) fresh.set(message.MessageId ?? '', message);
    }
    for (const id of fresh.keys()) seen.add(id);
    stale = fresh.size === 0 ? stale + 1 : 0;
    yield { all, fresh: [...fresh.values()] };
  }
}
