import { type Axis, assertDrawable, numberText, type Series } from './chart.ts';
import { colourOf, headHeight, LABEL_SIZE, MARGIN, sheet, WIDTH } from './frame.ts';
import { type Scale, scaleOf } from './scale.ts';
import { element, escaped, line, text, widthOf } from './svg.ts';

export interface BarChart {
  title: string;
  subtitle?: string;
  /** Names of the groups of bars, from top to bottom; '' for a group without a heading. */
  groups: readonly string[];
  /** Groups that stand out, in a chart of one series. */
  strong?: readonly string[];
  series: readonly BarSeries[];
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
const NAME_WIDTH_MAX = 300;

interface Row {
  name: string;
  value: number | null;
  index: number;
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
  const single = chart.series.length === 1;
  const names = single ? chart.groups : chart.series.map(({ name }) => name);
  const nameWidth = Math.min(NAME_WIDTH_MAX, Math.max(...names.map((name) => widthOf(name, LABEL_SIZE))));
  const left = MARGIN + nameWidth + 10;
  const valueWidth = Math.max(...values.map(({ value }) => widthOf(valueText(chart.y, value), LABEL_SIZE)));
  const scale = scaleOf(
    chart.y,
    values.map(({ value }) => value),
    left,
    WIDTH - MARGIN - valueWidth - 14,
  );
  const top = headHeight(chart) + 12;
  const { drawn, bottom } = single ? oneRowEach(chart, scale, left, top) : grouped(chart, scale, left, top);
  const grid = scale.ticks.map(({ value, text: label }) => {
    const at = scale.at(value);
    return line(at, top, at, bottom, 'grid') + text(at, bottom + 18, 'muted', label, 'middle');
  });
  const label = text(left, bottom + 40, 'strong muted', chart.y.label);
  const description = describe(chart);
  return sheet({ ...chart, description }, bottom + 58, [...grid, ...drawn, label]);
}

function oneRowEach({ groups, series, y, strong = [] }: BarChart, scale: Scale, left: number, top: number) {
  const [only] = series;
  const rows = groups.map((name, index) => ({
    name,
    value: only?.values[index] ?? null,
    index: 0,
    emphasis: strong.includes(name) || (only?.emphasis ?? false),
  }));
  const drawn = rows.map((row, index) => bar(row, y, scale, left, top + index * (BAR + GAP)));
  return { drawn, bottom: top + rows.length * (BAR + GAP) + GAP };
}

function grouped({ groups, series, y }: BarChart, scale: Scale, left: number, top: number) {
  const drawn: string[] = [];
  let bottom = top;
  for (const [at, group] of groups.entries()) {
    if (at > 0) bottom += GROUP_GAP;
    if (group !== '') {
      drawn.push(text(MARGIN, bottom + 13, 'strong', group));
      bottom += GROUP_HEAD;
    }
    for (const [index, { name, values, emphasis = false }] of series.entries()) {
      drawn.push(bar({ name, value: values[at] ?? null, index, emphasis }, y, scale, left, bottom));
      bottom += BAR + GAP;
    }
  }
  return { drawn, bottom: bottom + GAP };
}

function bar(
  { name, value, index, emphasis }: Row,
  y: Axis,
  scale: Scale,
  left: number,
  top: number,
): string {
  const style = `${colourOf(index)}${emphasis ? ' strong' : ''}`;
  const baseline = top + BAR / 2 + 4.5;
  const label = text(left - 10, baseline, emphasis ? style : 'muted', name, 'end');
  if (value === null) return label + text(left + 6, baseline, 'muted', 'not measured');
  const zero = y.scale === 'linear' ? scale.at(0) : left;
  const start = Math.min(zero, scale.at(value));
  // A bar at the very start of a log scale is still to be seen.
  const width = Math.max(2, Math.abs(scale.at(value) - zero));
  const shown = valueText(y, value);
  const shape = element(
    'rect',
    {
      x: start,
      y: top,
      width,
      height: BAR,
      rx: 2,
      class: `bar ${style}`,
      opacity: emphasis ? undefined : 0.75,
    },
    element('title', {}, escaped(`${name}: ${shown}`)),
  );
  return label + shape + text(start + width + 6, baseline, `halo${emphasis ? ' strong' : ''}`, shown);
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
