import { glob, readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { page } from './pages.ts';

const promises = await page('docs/guarantees.md');

/** What stands after "Proved by", on one line. */
const proofs = [...promises.text.matchAll(/\*Proved by\*: ([\s\S]*?)(?:\n\n|\n- )/g)].map(([, proof = '']) =>
  proof.replace(/\s+/g, ' '),
);

async function sources(): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob('test/**/*.ts')) texts.push(await readFile(file, 'utf8'));
  return texts.join('\n');
}

test('every promise names what proves it', () => {
  expect(promises.text.match(/^\*\*\d\. /gm)).toHaveLength(8);
  expect(proofs).toHaveLength(8);
  expect(promises.text.match(/^- \*Kept by\*/gm)).toHaveLength(8);
  expect(promises.text.match(/^- \*On AWS\*/gm)).toHaveLength(8);
});

test('every test that docs/guarantees.md names is there', async () => {
  const all = await sources();
  const names = proofs.flatMap((proof) => [...proof.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name));
  expect(names.length).toBeGreaterThan(8);
  expect(names.filter((name) => !all.includes(`'${name}'`))).toEqual([]);
  const files = proofs.flatMap((proof) =>
    [...proof.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file),
  );
  for (const file of files) await expect(stat(file), file).resolves.toBeDefined();
});
