import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startLocal } from '../../src/local.ts';
import { openLocalTable } from '../../src/local-table.ts';

const ROUTES = `
buckets: { landing: {} }
defaults: { pipeline: nothing }
routes:
  sales: { bucket: landing, prefix: sales/, batch: { count: 10, window: 2s } }
`;
const NOTHING = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };
const PATIENCE = { timeout: 10_000 };

test.each([
  ['once', 1],
  ['by anybody for a while', 4],
])(
  'a window is closed at its deadline after a start at which the list of windows could not be read %s',
  async (_, times) => {
    const root = await mkdtemp(join(tmpdir(), 'spillway-arming-'));
    await writeFile(join(root, 'routes.yml'), ROUTES);
    await mkdir(join(root, 'pipelines', 'nothing'), { recursive: true });
    await writeFile(join(root, 'pipelines', 'nothing', 'definition.asl'), JSON.stringify(NOTHING));
    const sales = join(root, 'data', 'landing', 'sales');
    await mkdir(sales, { recursive: true });

    async function start(failing: number) {
      const table = await openLocalTable(join(root, 'data'), () => {});
      let left = failing;
      table.client.middlewareStack.add((next, { commandName }) => async (args) => {
        if (left === 0 || commandName !== 'QueryCommand') return next(args);
        left -= 1;
        throw new Error('The list was not read.');
      });
      const problems: string[] = [];
      const home = await startLocal({
        root: join(root, 'data'),
        routesFile: join(root, 'routes.yml'),
        port: 0,
        table: Promise.resolve(table),
        onProblem: ({ message }) => void problems.push(message),
      });
      const told: string[] = [];
      home.stream.subscribe(null, (message) => void told.push(JSON.stringify(message)));
      return { home, problems, told };
    }

    try {
      const first = await start(0);
      await writeFile(join(sales, 'a.csv'), 'a');
      await vi.waitFor(() => expect(first.told.join()).toContain('"kind":"committed"'), PATIENCE);
      await first.home.stop();
      // Were it still there, it would be found again, and its window armed for it.
      await rm(join(sales, 'a.csv'));

      const second = await start(times);
      await vi.waitFor(() => expect(second.problems.join()).toContain('The list was not read.'), PATIENCE);
      await vi.waitFor(() => expect(second.told.join()).toContain('"reason":"time"'), PATIENCE);
      await second.home.stop();
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
);
