/**
 * What `work` makes of each item, in the items' order. While one result is used, up to `ahead` others are being made or
 * wait.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  ahead: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const started: Promise<Result>[] = [];
  for (const item of items) {
    if (started.length > ahead) yield (await started.shift()) as Result;
    const result = work(item);
    // Heard of when its turn comes.
    result.catch(() => {});
    started.push(result);
  }
  for (const result of started) yield await result;
}
