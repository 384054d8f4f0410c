/**
 * All rows of a list, page after page from `cursor` on, and the last page for the facts about the list as a whole.
 * Ends also when a server hands out the same cursor twice.
 */
export async function everyPage<Page extends { nextCursor: string | null }, Row>(
  ask: (cursor: string | undefined) => Promise<Page>,
  rowsOf: (page: Page) => readonly Row[],
  cursor?: string,
): Promise<{ last: Page; rows: Row[] }> {
  let last = await ask(cursor);
  const rows = [...rowsOf(last)];
  let before = cursor;
  while (last.nextCursor !== null && last.nextCursor !== before) {
    before = last.nextCursor;
    last = await ask(before);
    rows.push(...rowsOf(last));
  }
  return { last, rows };
}
