import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A page of the documentation. */
export interface Page {
  /** From the root of the repository, with slashes. */
  path: string;
  text: string;
}

/** Every page that a reader may open. */
export async function pages(): Promise<Page[]> {
  const found: Page[] = [];
  for (const pattern of ['*.md', 'docs/**/*.md', 'demo/**/*.md']) {
    for await (const path of glob(pattern, { cwd: ROOT })) found.push(await page(path));
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function page(path: string): Promise<Page> {
  return { path, text: await readFile(join(ROOT, path), 'utf8') };
}

/** What lies in fenced blocks of one language, in order. */
export function blocks({ text }: Page, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, found, content = '']) =>
    found === language ? [content] : [],
  );
}

/** The text without fenced blocks. */
export function prose({ text }: Page): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/**
 * The lines between a heading and the next one of its level or above.
 * @throws Error when the page has no such heading
 */
export function section({ path, text }: Page, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`${path} has no heading "${heading}".`);
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const end = lines.findIndex(
    (line, index) => index > start && (/^(#+) /.exec(line)?.[1]?.length ?? 9) <= level,
  );
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n');
}

/** Rows of the tables in a text, cell by cell, without the lines of headings. */
export function rows(text: string): string[][] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const ruler = (at: number) => /^\|[\s:|-]+\|$/.test(lines[at] ?? '');
    if (!line.startsWith('|') || ruler(index) || ruler(index + 1)) return [];
    const cells = line.slice(1, line.lastIndexOf('|')).split(/(?<!\\)\|/);
    return [cells.map((cell) => cell.trim().replaceAll('\\|', '|'))];
  });
}

/** What stands in backquotes. */
export function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inner = '']) => inner);
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchors(page: Page): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const [, heading = ''] of prose(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return found;
}
