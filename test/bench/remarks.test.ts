import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ceiling, DEDICATED_QUEUE, putsCeiling, SHARED_QUEUE } from '../../bench/docs/ceiling.ts';
import { picturesOf } from '../../bench/docs/pictures/pictures.ts';
import { exactnessRemark } from '../../bench/docs/remarks/exactness.ts';
import { rivalRemark } from '../../bench/docs/remarks/rival.ts';
import { inReadme, short, usualCost } from '../../bench/docs/short.ts';
import type { LateRow } from '../../bench/lateness/lateness.ts';
import { result, results, row } from './results.ts';

const RIVAL = 'transaction per 99 events';
const wrong = (lost: number, doubled: number) => ({ batches: 1, lost, doubled, wrongSized: 0 });

test('strategies are told apart by what they got wrong with and without deaths', () => {
  const kept = results(
    result('hot', [row('log'), row('marker + counter'), row('list on the window', { tally: wrong(0, 3) })]),
    result('exact', [
      row('log', { died: 9 }),
      row('marker + counter', { died: 9, tally: wrong(5, 0) }),
      row('list on the window', { died: 9, tally: wrong(0, 4) }),
    ]),
  );
  expect(exactnessRemark(kept).split('\n').slice(2)).toEqual([
    '- **Exact in every measurement:** "log".',
    expect.stringMatching(/^- \*\*Wrong when processes die:\*\* "marker \+ counter"\. A process that dies/),
    expect.stringMatching(/^- \*\*Wrong though no process dies:\*\* "list on the window"\. The list is gone/),
  ]);
});

test('a log that counted wrong is named among the wrong ones', () => {
  const kept = results(result('hot', [row('log', { tally: wrong(1, 0) })]));
  expect(exactnessRemark(kept)).toContain('- **Wrong though no process dies:** "log".');
});

test.each([
  { seconds: 4, told: 'slower than transactions in 1 of 1 cases, down to 0.25 times their events a second' },
  { seconds: 0.5, told: 'nowhere slower than transactions' },
])('whether the log is slower on many prefixes is told by the results: $seconds s', ({ seconds, told }) => {
  const rows = [
    row('log + all items', { prefixes: 50, c: 4, seconds, wcu: 1 }),
    row(RIVAL, { prefixes: 50, c: 4, wcu: 3 }),
  ];
  const remark = rivalRemark(results(result('spread', rows)));
  expect(remark).toContain(told);
  expect(remark).toContain(seconds > 1 ? 'at least 3 times cheaper' : '| 2 | 0 of 1 cases | 3 |');
});

test('the queues are read as the stack declares them', () => {
  const stack = readFileSync('serverless.yml', 'utf8');
  const [, batch, atOnce] = /batchSize: (\d+)[\s\S]*?maximumConcurrency: (\d+)/.exec(stack) ?? [];
  expect(SHARED_QUEUE).toEqual({ batch: Number(batch), atOnce: Number(atOnce) });
  const queues = readFileSync('infra/queues.ts', 'utf8');
  const [, own, functions] = /BatchSize: (\d+)[\s\S]*?MaximumConcurrency: (\d+)/.exec(queues) ?? [];
  expect(DEDICATED_QUEUE).toEqual({ batch: Number(own), atOnce: Number(functions) });
});

test('a partition ends where its puts or its write units do, whichever is first', () => {
  expect(putsCeiling(10, 0.1)).toEqual([1_000, 2_000]);
  expect(putsCeiling(1_000, 0.02)).toEqual([50_000, 50_000]);
});

test('the ceiling of the whole stack names the figures that it puts out of reach', async () => {
  const usual = await usualCost();
  const backlog = [{ grows: 'backlog', group: 1_000, wcu: 0.02 }];
  const text = ceiling(results(result('growth', backlog)), usual);
  const each = usual.question.transitions(1);
  expect(text).toContain('So the 50,000 events a second of the table above are out of reach');
  expect(text).toContain(`| 800 ÷ ${each} × 100 = ${((800 / each) * 100).toLocaleString('en-US')} |`);
  expect(text).toContain('| **the lowest, batches of 100** | **18,750** | **4,500** | **750** |');
});

test('README has exactness, cost and lateness, with standing cost, rival and both homes', async () => {
  const usual = await usualCost();
  const late = (server: string, ms: number, windows: number): LateRow => ({
    ...{ server, late: Array.from({ length: windows }, () => ms), early: 0 },
  });
  const kept = results(
    result('exact', [row('log', { died: 2, c: 16 })]),
    result('lateness', [late('idle', 1, 100)]),
    result('lateness-aws', [late('AWS, emulated', 480, 60), late('AWS, emulated, woken', 70, 60)]),
    result('hot', [row('log', { k: 100 }), row('log + all items', { k: 100 }), row(RIVAL, { k: 100 })]),
  );
  const readme = inReadme(kept, usual);
  expect(readme.match(/^\| \*\*[\w ]+\*\*/gm)).toEqual(['| **exact**', '| **cheap**', '| **on time**']);
  expect(readme).toMatch(/\$[\d.]+ \+ \$[\d.]+ a month .* transactions of up to 99 events, counting is \$/);
  expect(readme).toContain('| 1 ms; emulated AWS 70 to 480 ms |');
  expect(readme).toContain('laptop, idle 1 ms (p99 1 ms); AWS, emulated 480 ms (longest 480 ms); ');
  expect(readme).toContain('0 of 220 windows closed early');
  expect(short(kept, usual)).toContain('| **fast** | 1,000 | events a second');
});

test('each chart is drawn of the results that it needs, and none without them', () => {
  const hot = result('hot', [row('log + all items'), row('log, one process', { c: 2 }), row(RIVAL)]);
  const dying = result('exact', [row('log', { died: 1 }), row(RIVAL, { died: 1 })]);
  const spread = result('spread', [row('log + all items', { prefixes: 50 })]);
  const drawn = (name: string) =>
    picturesOf(name, results(hot, dying, spread)).map(({ file, svg }) => [file, svg.startsWith('<svg')]);
  expect(drawn('hot')).toEqual([
    ['dollars.svg', true],
    ['callers.svg', true],
  ]);
  expect(drawn('exact')).toEqual([['exact.svg', true]]);
  expect(drawn('spread')).toEqual([['callers-spread.svg', true]]);
  for (const name of ['growth', 'lateness', 'soak', 'csv', 'functions']) expect(drawn(name)).toEqual([]);
});
