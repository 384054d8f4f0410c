/** Requests that one question has under way at a time: enough to hide latency, too few to starve the service. */
export const READS_MAX = 32;

/** Asks for each item, at most `READS_MAX` at a time; the answers stand in the order of `items`. */
export async function askEach<Item, Answer>(
  items: Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = new Array<Answer>(items.length);
  // One iterator shared by all readers hands every item to exactly one of them.
  const queue = items.entries();
  const reader = async () => {
    for (const [index, item] of queue) answers[index] = await ask(item);
  };
  await Promise.all(Array.from({ length: Math.min(READS_MAX, items.length) }, reader));
  return answers;
}
