import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const validator = join(root, 'node_modules/asl-validator/dist/bin/asl-validator.js');
const validate = (file: string) => run(process.execPath, [validator, '--json-path', file]);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-definitions-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const names = (await readdir(join(root, 'pipelines'), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe.each(names)('pipelines/%s/definition.asl', (name) => {
  const file = join(root, 'pipelines', name, 'definition.asl');

  it('passes asl-validator', async () => {
    await validate(file);
  });

  it('would not pass with a state that leads nowhere', async () => {
    const broken = join(folder, `${name}.json`);
    await writeFile(broken, (await readFile(file, 'utf8')).replace(/"Next": "[^"]+"/, '"Next": "Nowhere"'));
    await expect(validate(broken)).rejects.toThrow();
  });

  it('retries only errors that a step, Lambda or Step Functions raises', async () => {
    const text = await readFile(file, 'utf8');
    const named = [...text.matchAll(/"ErrorEquals":\s*\[([^\]]*)\]/g)].flatMap(([, list]) =>
      JSON.parse(`[${list}]`),
    );
    const own = named.filter((error: string) => !/^(States|Lambda)\./.test(error));
    const { RetryableError } = await import('../../src/executions/step.ts');
    expect(new Set(own)).toEqual(new Set([new RetryableError('').name]));
  });
});
