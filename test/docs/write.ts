import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { page, ROOT } from './pages.ts';
import { roleTables, withTables } from './role-tables.ts';

/** `npm run docs`: writes what pages repeat of the code. */
const iam = await page('docs/iam.md');
await writeFile(join(ROOT, iam.path), withTables(iam.text, await roleTables(ROOT)));
