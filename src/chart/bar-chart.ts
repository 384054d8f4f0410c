import { type Axis, assertDrawable, numberText, type Series } from './chart.ts';
import { colourOf, GREY, headHeight, LABEL_SIZE, MARGIN, sheet, WIDTH } from './frame.ts';
import { type Scale, scaleOf } from './scale.ts';
import { element, escaped, line, text, widthOf } from './svg.ts';

export interface BarChart {
  title: string;
  subtitle?: string;
  /** Names of the groups of bars, from top to bottom; '' for a group without a heading. */
  groups: readonly string[];
  /** Groups that stand out, where each is a single row. */
  strong?: readonly string[];
  series: readonly BarSeries[];
  /** The bars of a group lie in one row, each beginning where the one before it ends. */
  stacked?: boolean;
  /** The axis of the values. */
  y: Axis;
}

export interface BarSeries extends Series {
  /** One per group; null where there is none, which the chart says. */
  values: readonly (number | null)[];
}

const BAR = 18;
const GAP = 5;
const GROUP_GAP = 16;
const GROUP_HEAD = 20;
const LEGEND = 26;
const NAME_WIDTH_MAX = 300;

/** What stands out is opaque; grey lets the others step back. */
const OPACITY = { others: 0.75, grey: 0.5, next: 0.45 };

interface Row {
  name: string;
  /** One after another; null and nothing else where nothing was measured. */
  values: readonly (number | null)[];
  style: string;
  emphasis: boolean;
}

/**
 * A chart of lying bars as an SVG document: each bar has its name to its left and its value at its end, groups
 * stand one below the other.
 * @throws ChartInvalidError
 */
export function barChart(chart: BarChart): string {
  const values = chart.series.flatMap(({ name, values }) =>
    values.flatMap((value) => (value === null ? [] : [{ name, value }])),
  );
  assertDrawable(chart.title, chart.y, values);
  const blocks = blocksOf(chart);
  const rows = blocks.flatMap(({ rows }) => rows);
  const nameWidth = Math.min(NAME_WIDTH_MAX, Math.max(...rows.map(({ name }) => widthOf(name, LABEL_SIZE))));
  const left = MARGIN + nameWidth + 10;
  const valueWidth = Math.max(...rows.map((row) => widthOf(shownText(chart.y, row), LABEL_SIZE)));
  const scale = scaleOf(
    chart.y,
    rows.filter(isMeasured).map(totalOf),
    left,
    WIDTH - MARGIN - valueWidth - 14,
  );
  const head = headHeight(chart) + 12;
  const top = head + (chart.stacked ? LEGEND : 0);
  const { drawn, bottom } = blocksDrawn(blocks, chart.y, scale, left, top);
  const grid = scale.ticks.map(({ value, text: label }) => {
    const at = scale.at(value);
    return line(at, top, at, bottom, 'grid') + text(at, bottom + 18, 'muted', label, 'middle');
  });
  const label = text(left, bottom + 40, 'strong muted', chart.y.label);
  const legend = chart.stacked ? legendOf(chart.series, left, head) : [];
  const description = describe(chart);
  return sheet({ ...chart, description }, bottom + 58, [...legend, ...grid, ...drawn, label]);
}

interface Block {
  heading: string;
  rows: Row[];
}

/** A single series, or a stack, is a row for each group; else each group has a row for each series. */
function blocksOf({ groups, series, strong = [], stacked = false }: BarChart): Block[] {
  if (series.length === 1 || stacked) {
    const emphasised = (name: string) => strong.includes(name) || (series[0]?.emphasis ?? false);
    const styleOf = (name: string) => colourOf(strong.length > 0 && !emphasised(name) ? GREY : 0);
    const rows = groups.map((name, at): Row => {
      const values = series.map(({ values }) => values[at] ?? null);
      return { name, values, style: styleOf(name), emphasis: emphasised(name) };
    });
    return [{ heading: '', rows }];
  }
  const some = series.some(({ emphasis }) => emphasis);
  return groups.map((heading, at) => ({
    heading,
    rows: series.map(({ name, values, emphasis = false }, index) => ({
      name,
      values: [values[at] ?? null],
      style: colourOf(some ? (emphasis ? 0 : GREY) : index),
      emphasis,
    })),
  }));
}

function blocksDrawn(blocks: Block[], y: Axis, scale: Scale, left: number, top: number) {
  const drawn: string[] = [];
  let bottom = top;
  for (const [at, { heading, rows }] of blocks.entries()) {
    if (at > 0) bottom += GROUP_GAP;
    if (heading !== '') {
      drawn.push(text(MARGIN, bottom + 13, 'strong', heading));
      bottom += GROUP_HEAD;
    }
    for (const row of rows) {
      drawn.push(bar(row, y, scale, left, bottom));
      bottom += BAR + GAP;
    }
  }
  return { drawn, bottom: bottom + GAP };
}

function bar(row: Row, y: Axis, scale: Scale, left: number, top: number): string {
  const { name, values, style, emphasis } = row;
  const baseline = top + BAR / 2 + 4.5;
  const label = text(left - 10, baseline, emphasis ? `${style} strong` : 'muted', name, 'end');
  if (!isMeasured(row)) {
    return label + text(left + 6, baseline, 'muted', 'not measured');
  }
  const zero = y.scale === 'linear' ? scale.at(0) : left;
  const shown = shownText(y, row);
  let sum = 0;
  let end = zero;
  const shapes = values.map((value, index) => {
    if (value === null) return '';
    sum += value;
    const start = Math.min(end, scale.at(sum));
    // A bar at the very start of a scale is still to be seen.
    const width = Math.max(2, Math.abs(scale.at(sum) - end));
    end = start + width;
    const opacity =
      index > 0 ? OPACITY.next : emphasis ? 1 : style === colourOf(GREY) ? OPACITY.grey : OPACITY.others;
    return element(
      'rect',
      { x: start, y: top, width, height: BAR, rx: 2, class: `bar ${style}`, opacity },
      element('title', {}, escaped(`${name}: ${shown}`)),
    );
  });
  return label + shapes.join('') + text(end + 6, baseline, `halo${emphasis ? ' strong' : ''}`, shown);
}

/** What the shades of a stack mean. */
function legendOf(series: readonly BarSeries[], left: number, top: number): string[] {
  let at = left;
  return series.map(({ name }, index) => {
    const shape = element('rect', {
      ...{ x: at, y: top, width: 12, height: 12, rx: 2, class: `bar ${colourOf(0)}` },
      opacity: index > 0 ? OPACITY.next : 1,
    });
    const label = text(at + 18, top + 10.5, 'muted', name);
    at += 18 + widthOf(name, LABEL_SIZE) + 18;
    return shape + label;
  });
}

function isMeasured({ values }: Row): boolean {
  return values.some((value) => value !== null);
}

function totalOf({ values }: Row): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function shownText(axis: Axis, { values }: Row): string {
  return values.flatMap((value) => (value === null ? [] : [valueText(axis, value)])).join(' + ');
}

function describe({ subtitle = '', groups, series, y }: BarChart): string {
  const parts = groups.map((group, at) => {
    const values = series.map(({ name, values }) => {
      const value = values[at] ?? null;
      return `${name} ${value === null ? 'not measured' : valueText(y, value)}`;
    });
    return `${group}: ${values.join(', ')}.`;
  });
  return `${subtitle} Bars of ${y.label}. ${parts.join(' ')}`.replace(/\s+/g, ' ').trim();
}

function valueText(axis: Axis, value: number): string {
  return (axis.format ?? numberText)(value);
}
