import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import validateAsl from 'asl-validator';
import { expect, test } from 'vitest';
import { parseBatchInput } from '../../src/core/batch-input.ts';
import { STATE_DATA_BYTES_MAX } from '../../src/executions/interpreter.ts';
import { blocks, page } from './pages.ts';

const guide = await page('docs/pipelines.md');
const jsonBlocks = blocks(guide, 'json');
const found = (text: string) => jsonBlocks.find((block) => block.includes(text)) ?? '';

test('the input that docs/pipelines.md shows has the published shape', async () => {
  const schema = JSON.parse(await readFile('docs/batch-input.schema.json', 'utf8'));
  const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(schema);
  const shown = JSON.parse(found('"schemaVersion"'));
  expect(validate(shown), JSON.stringify(validate.errors)).toBe(true);
  expect(parseBatchInput(shown)).toEqual(shown);
});

test('every state machine that docs/pipelines.md shows is valid', () => {
  const machines = jsonBlocks.filter((block) => block.includes('"StartAt"'));
  expect(machines.length).toBeGreaterThan(0);
  for (const machine of machines) expect(validateAsl(JSON.parse(machine)).errors).toEqual([]);
});

test('the reader of a manifest that docs/pipelines.md shows fits into a Map', () => {
  const map = {
    Type: 'Map',
    ...JSON.parse(`{${found('"ItemReader"')}}`),
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'One File',
      States: { 'One File': { Type: 'Pass', End: true } },
    },
    End: true,
  };
  expect(validateAsl({ StartAt: 'All Files', States: { 'All Files': map } }).errors).toEqual([]);
});

test('docs/pipelines.md shows the files of the example count-rows as they are', async () => {
  const permissions = JSON.parse(await readFile('examples/count-rows/permissions.json', 'utf8'));
  expect(JSON.parse(found('"ReadTotals"'))).toEqual(permissions);
  const routes = await readFile('test/examples/routes.yml', 'utf8');
  expect(blocks(guide, 'yaml')).toContain(routes);
});

test('docs/pipelines.md gives the limit that a laptop enforces', () => {
  expect(guide.text).toContain(STATE_DATA_BYTES_MAX.toLocaleString('en'));
});
