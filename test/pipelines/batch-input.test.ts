import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BatchInputError,
  batchInput,
  batchInputSchema,
  inlineInput,
  manifestContent,
  manifestInput,
  parseBatchInput,
  parseManifest,
  STATE_BYTES_MAX,
} from '../../src/core/batch-input.ts';
import { batchOf, eventOf, testPolicy } from './home.ts';

const schema = JSON.parse(
  await readFile(join(import.meta.dirname, '../../docs/batch-input.schema.json'), 'utf8'),
);
const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(schema);

const events = [
  eventOf('a.csv'),
  eventOf('ünï/😀 "q"\n.csv', { versionId: 'v1', size: 0 }),
  eventOf('lone \ud800 surrogate', { sequencer: '0055AED6DCD90281E5' }),
];
const source = (parts: Parameters<typeof testPolicy>[0] = {}) => ({
  key: { route: 'sales', partition: 'north' },
  batch: batchOf('sales-1', events, { reason: 'manual', by: { flushId: 'f', who: 'ann' } }),
  policy: testPolicy(parts),
});
const full = {
  csv: { columns: { b: 'DATE', a: 'INTEGER' }, delimiter: ';' },
  parameters: { deep: { z: 1, a: [null, true] } },
};

describe('the input of a batch', () => {
  it('has the published shape, inline and by manifest, with everything and with as little as can be', () => {
    const texts = [
      inlineInput(source(full), events),
      inlineInput(source({ output: null }), events),
      manifestInput(source(full), { bucket: 'notes', key: 'k', count: 3 }),
    ];
    for (const text of texts) {
      expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
      expect(parseBatchInput(JSON.parse(text))).toEqual(JSON.parse(text));
    }
  });

  it('is this text', () => {
    expect(inlineInput({ ...source(), batch: batchOf('id', [eventOf('a')]) }, [eventOf('a')])).toBe(
      '{"batch":{"bytes":10,"closedAt":"2026-11-23T08:01:00.000Z","count":1,"deadline":"2026-11-23T09:00:00.000Z",' +
        '"id":"id","openedAt":"2026-11-23T08:00:00.000Z","partition":"north","reason":"count","route":"sales","seq":1},' +
        '"events":[{"bucket":"landing","etag":"e","key":"a","sequencer":"0A","size":10,"time":"2026-11-23T08:00:00.000Z"}],' +
        '"output":{"bucket":"curated","prefix":"sales/"},"pipeline":"process-files","schemaVersion":1}',
    );
  });

  it('has the same bytes however the policy and the events are held in memory', () => {
    const shuffled = (value: unknown): unknown => {
      if (value === null || typeof value !== 'object') return value;
      if (Array.isArray(value)) return value.map(shuffled);
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, inner]) => [key, shuffled(inner)]),
      );
    };
    const once = source(full);
    const again = shuffled(once) as typeof once;
    expect(inlineInput(again, shuffled(events) as typeof events)).toBe(inlineInput(once, events));
  });

  it('goes by manifest above 200 KiB and not below, and the manifest holds every event in order', () => {
    const sized = (length: number) => {
      const many = Array.from({ length: 1_000 }, (_, n) => eventOf(`${n}`.padStart(4, '0')));
      many[0] = eventOf('x'.repeat(length));
      return { many, built: batchInput(source(), many, 'notes') };
    };
    const base = Buffer.byteLength(sized(1).built.input);
    expect(base).toBeLessThan(STATE_BYTES_MAX);
    const edge = sized(STATE_BYTES_MAX - base + 1);
    expect(Buffer.byteLength(edge.built.input)).toBe(STATE_BYTES_MAX);
    expect(edge.built.manifest).toBeUndefined();

    const over = sized(STATE_BYTES_MAX - base + 2);
    expect(Buffer.byteLength(over.built.input)).toBeLessThan(1_000);
    expect(over.built.manifest).toMatchObject({ bucket: 'notes', key: 'batches/sales/sales-1/events.jsonl' });
    expect(JSON.parse(over.built.input).manifest.count).toBe(1_000);
    const read = parseManifest(over.built.manifest?.content ?? '', 'the manifest');
    expect(read.map(({ key }) => key)).toEqual(over.many.map(({ key }) => key));
    expect(batchInput(source(), over.many, 'notes')).toEqual(over.built);
  });

  it('gives back any key as it was, inline and by manifest', () => {
    const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 20 }), (keys) => {
        const given = keys.map((text) => eventOf(text));
        const inline = parseBatchInput(JSON.parse(inlineInput(source(), given)));
        expect(inline.events?.map((event) => event.key)).toEqual(keys);
        expect(parseManifest(manifestContent(given), 'm').map((event) => event.key)).toEqual(keys);
      }),
    );
  });
});

describe('the schema and its twin in the code', () => {
  const valid = JSON.parse(inlineInput(source(full), events));
  const mutants: [string, unknown][] = [
    ['no batch', { ...valid, batch: undefined }],
    ['another version', { ...valid, schemaVersion: 2 }],
    ['events and a manifest', { ...valid, manifest: { bucket: 'b', key: 'k', count: 1 } }],
    ['neither events nor a manifest', { ...valid, events: undefined }],
    ['no events', { ...valid, events: [] }],
    ['an event without a key', { ...valid, events: [{ ...valid.events[0], key: undefined }] }],
    ['an empty key', { ...valid, events: [{ ...valid.events[0], key: '' }] }],
    ['a size as text', { ...valid, events: [{ ...valid.events[0], size: '1' }] }],
    ['half a byte', { ...valid, events: [{ ...valid.events[0], size: 0.5 }] }],
    ['a time in seconds', { ...valid, events: [{ ...valid.events[0], time: '2026-11-23T08:00:00Z' }] }],
    ['a time as a number', { ...valid, batch: { ...valid.batch, openedAt: 1 } }],
    ['an unknown reason', { ...valid, batch: { ...valid.batch, reason: 'boredom' } }],
    ['seq 0', { ...valid, batch: { ...valid.batch, seq: 0 } }],
    ['an output without a bucket', { ...valid, output: { prefix: 'x' } }],
    ['a column type that is no text', { ...valid, csv: { columns: { a: 1 } } }],
    ['a flush without who', { ...valid, batch: { ...valid.batch, flush: { id: 'f' } } }],
    ['a list', []],
    ['null', null],
  ];

  it.each(mutants)('both refuse %s', (_name, mutant) => {
    const json: unknown = JSON.parse(JSON.stringify(mutant));
    expect(validate(json)).toBe(false);
    expect(batchInputSchema.safeParse(json).success).toBe(false);
    expect(() => parseBatchInput(json)).toThrow(BatchInputError);
  });

  it('both let fields pass that they do not know', () => {
    const later = {
      ...valid,
      added: 1,
      batch: { ...valid.batch, added: 1 },
      events: [{ ...valid.events[0], added: 1 }],
    };
    expect(validate(later)).toBe(true);
    expect(batchInputSchema.safeParse(later).success).toBe(true);
  });

  it('a manifest that is damaged names its line', () => {
    const content = manifestContent(events).replace('"size":0', '"size":"none"');
    expect(() => parseManifest(content, 'the manifest s3://b/k')).toThrow(/the manifest s3:\/\/b\/k, line 2/);
    expect(() => parseManifest('{"key":', 'm')).toThrow(/m, line 1: it is not JSON/);
  });
});
