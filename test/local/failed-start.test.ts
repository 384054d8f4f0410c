import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLocal } from '../../src/local.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';

const ROUTES = `
buckets: { landing: {} }
defaults: { pipeline: nothing }
routes:
  sales: { bucket: landing, prefix: sales/, batch: { count: 10, window: 1h } }
`;
const NOTHING = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spillway-start-'));
  await writeFile(join(root, 'routes.yml'), ROUTES);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function start(definition: unknown) {
  await mkdir(join(root, 'pipelines', 'nothing'), { recursive: true });
  await writeFile(join(root, 'pipelines', 'nothing', 'definition.asl'), JSON.stringify(definition));
  return startLocal({ root: join(root, 'data'), routesFile: join(root, 'routes.yml'), port: 0 });
}

const tableFolder = () => join(root, 'data', '.spillway', 'table');

test('a start that a pipeline stops lets go of the table that it has opened meanwhile', async () => {
  await expect(start({ StartAt: 'A', States: {} })).rejects.toThrow(/Cannot load the pipeline/);
  // Closed in order: sealed, and no lock left.
  expect((await readdir(tableFolder())).sort()).toEqual(['database', 'seal']);
  await (await start(NOTHING)).stop();
});

test('a start tells that the folder is in use, also when its pipeline is wrong too and told first', async () => {
  const table = await openEmbeddedTable({ folder: tableFolder() });
  await expect(start(NOTHING)).rejects.toMatchObject({ name: 'FolderInUseError', pid: process.pid });
  await expect(start({ StartAt: 'A', States: {} })).rejects.toMatchObject({ name: 'PipelineError' });
  await table.close();
  await (await start(NOTHING)).stop();
});
