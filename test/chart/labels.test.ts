import { expect, test } from 'vitest';
import { barChart } from '../../src/chart/bar-chart.ts';
import { type Box, crosses, overlap } from '../../src/chart/boxes.ts';
import { endLabels, valueLabels } from '../../src/chart/labels.ts';
import { panelChart } from '../../src/chart/panels.ts';

const PLOT: Box = { left: 100, right: 600, top: 100, bottom: 400 };

test('boxes overlap, and lines cross them, only where they share ground', () => {
  const box = { left: 10, right: 20, top: 10, bottom: 20 };
  expect(overlap(box, { left: 19, right: 30, top: 0, bottom: 11 })).toBe(true);
  expect(overlap(box, { left: 20, right: 30, top: 10, bottom: 20 })).toBe(false);
  expect(crosses([0, 0, 30, 30], box)).toBe(true);
  expect(crosses([0, 15, 30, 15], box)).toBe(true);
  expect(crosses([0, 15, 9, 15], box)).toBe(false);
  expect(crosses([0, 12, 12, 0], box)).toBe(false);
  expect(crosses([15, 15, 15, 15], box)).toBe(true);
});

test('lines that end at nearly the same early point are named one below the other', () => {
  const end = { y: 100, style: 'c0', index: 0 };
  const labels = endLabels(
    [
      { ...end, x: 250, label: ['laptop, idle'] },
      { ...end, x: 245, label: ['laptop, 500 files/s'] },
      { ...end, x: 450, label: ['woken'] },
    ],
    PLOT,
  );
  expect(labels).toHaveLength(3);
  for (const [at, { box }] of labels.entries()) {
    for (const other of labels.slice(at + 1)) expect(overlap(box, other.box)).toBe(false);
  }
});

test('a name that does not fit into the plot stands beside it', () => {
  const long = 'AWS, emulated, windows of 16 minutes through Scheduler';
  const [label] = endLabels([{ x: 400, y: 200, style: 'c0', index: 0, label: [long] }], PLOT);
  expect(label?.box.left).toBeGreaterThan(PLOT.right);
});

test('a name that another line ends in stands beside the plot', () => {
  const end = { y: 100, style: 'c0', index: 0 };
  const labels = endLabels(
    [
      { ...end, x: 250, label: ['AWS, emulated, woken'] },
      { ...end, x: 350, label: ['AWS'] },
    ],
    PLOT,
  );
  expect(labels.filter(({ box }) => box.left > PLOT.right)).toHaveLength(1);
});

test('a value moves away from a line that would run through it, and is left out where there is no room', () => {
  const points = [
    { x: 200, y: 200, label: '8,290' },
    { x: 400, y: 200, label: '6,340' },
  ];
  const own = [200, 200, 400, 200] as const;
  const yOf = (labels: string[]) => labels.map((label) => Number(/ y="([\d.]+)"/.exec(label)?.[1]));
  const [usual] = yOf(valueLabels([{ style: 'c0', points }], [own], []));
  expect(usual).toBeGreaterThan(200);
  const [moved] = yOf(valueLabels([{ style: 'c0', points }], [own, [150, 215, 400, 215]], []));
  expect(moved).toBeLessThan(200);
  const everywhere = { left: 0, right: 800, top: 0, bottom: 500 };
  expect(valueLabels([{ style: 'c0', points }], [own], [everywhere])).toEqual([]);
});

test('bars that are stacked share a row, tell both values, and have a legend', () => {
  const svg = barChart({
    title: 'Cold starts',
    groups: ['ingest', 'status'],
    strong: ['ingest'],
    stacked: true,
    series: [
      { name: 'loading', values: [70, 80] },
      { name: 'opening', values: [12, null] },
    ],
    y: { label: 'ms', scale: 'linear' },
  });
  expect(textsOf(svg)).toEqual(expect.arrayContaining(['loading', 'opening', '70 + 12', '80']));
  // Two segments and one, and two in the legend.
  expect(svg.match(/<rect[^>]*class="bar/g)).toHaveLength(5);
  expect(svg.match(/class="bar c6"/g)).toHaveLength(1);
});

test('where some bars stand out, the others are grey in every group', () => {
  const svg = barChart({
    title: 'Lost',
    groups: ['alive', 'dying'],
    series: [
      { name: 'ours', emphasis: true, values: [0, 0] },
      { name: 'theirs', values: [0, 20] },
      { name: 'others', values: [9, 27] },
    ],
    y: { label: 'events', scale: 'linear' },
  });
  const colours = [...svg.matchAll(/<rect[^>]*class="bar (c\d)/g)].map(([, colour]) => colour);
  expect(colours).toEqual(['c0', 'c6', 'c6', 'c0', 'c6', 'c6']);
});

test('panels write each value at its point, and say all of it in words', () => {
  const svg = panelChart({
    title: 'What grows',
    rows: [
      {
        name: 'Time',
        panels: [
          {
            ...{ title: 'µs', x: { label: 'events in a window' }, y: {} },
            points: [
              [100, 10],
              [10_000, 11],
            ],
          },
          {
            ...{ title: 'reads', x: { label: 'partitions' }, y: { format: (value: number) => `${value}!` } },
            points: [
              [1, 0],
              [100_000, 1.5],
            ],
          },
        ],
      },
    ],
  });
  expect(textsOf(svg)).toEqual(expect.arrayContaining(['10', '11', '0!', '1.5!', '100,000']));
  expect(/<desc[^>]*>(.*?)<\/desc>/s.exec(svg)?.[1]).toContain(
    'reads, by partitions: 1 → 0!, 100,000 → 1.5!.',
  );
});

test('a panel of values that are no numbers is refused by name', () => {
  const panel = { title: 'µs', x: { label: 'n' }, y: {}, points: [[1, Number.NaN]] as const };
  expect(() => panelChart({ title: 'What grows', rows: [{ name: '', panels: [panel] }] })).toThrow(
    /"µs" has the value NaN/,
  );
});

function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, content]) => content ?? '');
}
