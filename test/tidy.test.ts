import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The rules of the house that no linter knows. */

const FOLDERS = ['src', 'handlers', 'pipelines', 'examples', 'demo', 'test', 'docs', 'bench', 'infra'];

/** Every text of the tree, by its path from the root. */
const tracked = [
  ...readdirSync('.'),
  ...FOLDERS.filter((folder) => existsSync(folder)).flatMap(filesIn),
].filter((file) => /\.(ts|asl|md|yml|json)$/.test(file));
const product = tracked.filter((file) => /^(src|handlers|pipelines|examples|demo)\/.*\.ts$/.test(file));

/** What must not be called where, and what to use instead. */
const BANNED: { where: RegExp; what: RegExp; instead: string }[] = [
  {
    where: /^src\/core\//,
    what: /Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(/,
    instead: 'an argument',
  },
  {
    where: /^src\/core\//,
    what: /from '(@aws-sdk|node:(fs|net|http|child_process|timers))/,
    instead: 'a port',
  },
  {
    where: /^src\/service\//,
    what: /Date\.now\(|Math\.random\(|setTimeout\(|from '@aws-sdk/,
    instead: 'the Clock, a port',
  },
  { where: /^(src|pipelines|examples|demo)\//, what: /\b(TODO|FIXME|XXX)\b/, instead: 'the work itself' },
  {
    where: /^(src|pipelines|examples|demo)\//,
    what: /@ts-(ignore|expect-error|nocheck)/,
    instead: 'a type',
  },
];

test('files of the product have at most 250 lines', () => {
  const long = product.filter((file) => linesOf(file).length > 250);
  expect(product.length).toBeGreaterThan(50);
  expect(long).toEqual([]);
});

test('banned calls are not made', () => {
  const found = product.flatMap((file) =>
    BANNED.filter(({ where }) => where.test(file)).flatMap(({ what, instead }) =>
      linesOf(file)
        .map((line, index) => ({ line, index }))
        .filter(({ line }) => what.test(line))
        .map(({ line, index }) => `${file}:${index + 1} ${line.trim()} (instead: ${instead})`),
    ),
  );
  expect(found).toEqual([]);
});

test('every link between the documents leads to a file', () => {
  const broken = tracked
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : '';
      const links = [...readFileSync(file, 'utf8').matchAll(/\]\(((?!https?:|#)[^)#\s]+)/g)].map(
        ([, link]) => link ?? '',
      );
      return links.filter((link) => !existsSync(folder + link)).map((link) => `${file}: ${link}`);
    });
  expect(broken).toEqual([]);
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map((file) => `${folder}/${String(file)}`);
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}
