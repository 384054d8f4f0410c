import { expect, test } from 'vitest';
import { barChart } from '../../src/chart/bar-chart.ts';
import { type LineChart, lineChart } from '../../src/chart/line-chart.ts';
import { scaleOf } from '../../src/chart/scale.ts';
import { spread } from '../../src/chart/spread.ts';

const COST: LineChart = {
  title: 'Cost <of> "files" & more',
  subtitle: 'In dollars.',
  x: { label: 'files in a batch', scale: 'log' },
  y: { label: '$ per million files', scale: 'log', format: (value) => `$${value}` },
  series: [
    {
      name: 'ours',
      emphasis: true,
      points: [
        [1, 100],
        [10, 12],
        [100, 3],
      ],
    },
    {
      name: 'theirs',
      points: [
        [1, 100],
        [100, 100],
      ],
    },
  ],
};

test('a line chart names each line at its end with its last value, and says everything in words', () => {
  const svg = lineChart(COST);
  expect(textsOf(svg)).toEqual(expect.arrayContaining(['ours $3', 'theirs $100', '$12']));
  const described = /<desc[^>]*>(.*?)<\/desc>/s.exec(svg)?.[1];
  expect(described).toContain('ours: 1 → $100, 10 → $12, 100 → $3.');
  expect(svg).toContain('<title id="title">Cost &lt;of&gt; &quot;files&quot; &amp; more</title>');
});

test('charts are well-formed XML whatever their texts hold', () => {
  const odd = '\u0000 <b>&\ud800 "it\'s" ]]> \u{1f600}';
  for (const svg of [
    lineChart({ ...COST, title: odd, series: [{ name: odd, points: [[1, 1]] }] }),
    barChart({
      title: odd,
      groups: [odd],
      series: [{ name: odd, values: [1] }],
      y: { label: odd, scale: 'linear' },
    }),
  ]) {
    expect(() => assertWellFormed(svg)).not.toThrow();
    expect(svg.isWellFormed() && !svg.includes('\u0000')).toBe(true);
  }
  expect(() => assertWellFormed('<svg><b></svg>')).toThrow();
});

test('charts have colours for light and for dark, and shapes besides colours', () => {
  const svg = lineChart(COST);
  expect(svg).toContain('@media (prefers-color-scheme: dark)');
  const marks = [...svg.matchAll(/<path d="([^"]*)" class="mark c(\d)/g)];
  const shapeOf = (series: string) => marks.find(([, , of]) => of === series)?.[1]?.replace(/[\d. -]/g, '');
  expect(shapeOf('0')).not.toBe(shapeOf('1'));
});

test('the same chart is the same text', () => {
  expect(lineChart(COST)).toBe(lineChart(structuredCloneOf(COST)));
});

test('a bar chart writes each value beside its bar, and says where none was measured', () => {
  const svg = barChart({
    title: 'Units',
    groups: ['one', 'ten'],
    series: [
      { name: 'ours', emphasis: true, values: [1, 0.1] },
      { name: 'theirs', values: [4.1, null] },
    ],
    y: { label: 'units', scale: 'log' },
  });
  expect(textsOf(svg)).toEqual(expect.arrayContaining(['one', 'ten', '0.1', '4.1', 'not measured']));
  expect(svg.match(/<rect[^>]*class="bar/g)).toHaveLength(3);
});

test('values that cannot be drawn are refused by name', () => {
  const series = [{ name: 'ours', points: [[1, 0]] as const }];
  expect(() => lineChart({ ...COST, series })).toThrow(/"ours" has the value 0; a log scale/);
  const endless = [{ name: 'ours', points: [[1, Number.NaN]] as const }];
  expect(() => lineChart({ ...COST, series: endless })).toThrow(/expected finite numbers/);
  expect(() => lineChart({ ...COST, series: [] })).toThrow(/it has no values/);
});

test.each([
  {
    scale: 'linear',
    values: [0, 38_967],
    ticks: [0, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000],
  },
  { scale: 'linear', values: [0.1, 0.3], ticks: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3] },
  { scale: 'log', values: [1.6, 152], ticks: [1, 10, 100, 1_000] },
  { scale: 'log', values: [0.2, 7], ticks: [0.1, 0.2, 0.5, 1, 2, 5, 10] },
  { scale: 'log', values: [100, 100], ticks: [100, 200, 500, 1_000] },
] as const)('a $scale axis of $values has the ticks $ticks', ({ scale, values, ticks }) => {
  expect(scaleOf({ label: '', scale }, values, 0, 100).ticks.map(({ value }) => value)).toEqual(ticks);
});

test('labels keep their order and never overlap while there is room', () => {
  const heights = [20, 20, 20, 36];
  const middles = spread([100, 101, 99, 100], heights, 0, 300);
  const order = [2, 0, 3, 1];
  for (const [at, index] of order.entries()) {
    const next = order[at + 1];
    if (next === undefined) break;
    const apart = (middles[next] ?? 0) - (middles[index] ?? 0);
    expect(apart).toBeGreaterThanOrEqual(((heights[index] ?? 0) + (heights[next] ?? 0)) / 2);
  }
  expect(spread([290, 295], [20, 20], 0, 300)).toEqual([270, 290]);
});

function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, content]) => content ?? '');
}

function structuredCloneOf({ y, ...rest }: LineChart): LineChart {
  const { format, ...axis } = y;
  return { ...structuredClone(rest), y: { ...structuredClone(axis), ...(format ? { format } : {}) } };
}

/** Every element is closed by its own name and no markup is left in texts. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [a-z0-9-]+="[^"<]*")*)(\/?)>/gi,
    (_, closing, name, _attributes, empty) => {
      if (closing === '/' && open.pop() !== name) throw new Error(`</${name}> closes nothing`);
      if (closing === '' && empty === '') open.push(name);
      return '';
    },
  );
  if (open.length > 0) throw new Error(`<${open.join('><')}> is left open`);
  if (/<|&(?!amp;|lt;|gt;|quot;)/.test(rest.replace(/]]&gt;/g, ''))) throw new Error('markup is left');
}
