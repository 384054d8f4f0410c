import { glob, readFile, stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchors, type Page, page, pages, prose, ROOT } from './pages.ts';

/** Links to places that are not there, each as it is written. */
async function dead(one: Page): Promise<string[]> {
  const links = [...prose(one).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
  const found = await Promise.all(
    links.filter((to) => !/^[a-z]+:/.test(to)).map(async (to) => ((await leads(one, to)) ? [] : [to])),
  );
  return found.flat();
}

async function leads(from: Page, link: string): Promise<boolean> {
  const [file = '', anchor = ''] = link.split('#');
  if (file === '') return anchors(from).has(anchor);
  const path = normalize(join(dirname(from.path), file));
  if (!(await exists(path))) return false;
  return anchor === '' || anchors(await page(path)).has(anchor);
}

function exists(path: string): Promise<boolean> {
  return stat(join(ROOT, path)).then(
    () => true,
    () => false,
  );
}

const all = await pages();

test('there are pages to look at', () => {
  expect(all.map(({ path }) => path)).toContain('README.md');
  expect(all.length).toBeGreaterThan(15);
});

test.each(all)('every link and anchor of $path leads somewhere', async (one) => {
  expect(await dead(one)).toEqual([]);
});

test('a link to nothing would be found, and an anchor too', async () => {
  const text =
    '# A\n[1](nothing.md) [2](routes.md#nothing) [3](#b) [4](#a) [5](routes.md#batch) [6](https://example.org)';
  expect(await dead({ path: 'docs/x.md', text })).toEqual(['nothing.md', 'routes.md#nothing', '#b']);
});

test('every page of docs/ can be reached from the README', async () => {
  const reached = new Set<string>(['README.md']);
  for (const path of reached) {
    if (!path.endsWith('.md') || !(await exists(path))) continue;
    for (const [, to = ''] of prose(await page(path)).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      if (!/^[a-z]+:/.test(to)) reached.add(normalize(join(dirname(path), to)));
    }
  }
  const docs = all.map(({ path }) => path).filter((path) => path.startsWith('docs/'));
  expect(docs.filter((path) => !reached.has(path))).toEqual([]);
});

describe('what code says of pages', () => {
  test('names pages that are there', async () => {
    const missing: string[] = [];
    for await (const file of glob('{src,handlers,infra,pipelines,examples,test}/**/*.{ts,js,yml}', {
      cwd: ROOT,
    })) {
      const text = await readFile(join(ROOT, file), 'utf8');
      for (const [name] of text.matchAll(/(?<![\w/])docs\/[a-z-]+\.(?:md|json)\b/g)) {
        if (!(await exists(name))) missing.push(`${file}: ${name}`);
      }
    }
    expect(missing.filter((line) => !line.startsWith('test/docs/'))).toEqual([]);
  });
});
