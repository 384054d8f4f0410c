import type { Segment } from './boxes.ts';
import { type Axis, assertDrawable, numberText, type Series } from './chart.ts';
import { colourOf, headHeight, LABEL_SIZE, MARGIN, sheet, WIDTH } from './frame.ts';
import { endLabels, type Valued, valueLabels } from './labels.ts';
import { markOf } from './marks.ts';
import { type Scale, scaleOf } from './scale.ts';
import { element, line, rounded, text, widthOf, wrapped } from './svg.ts';

export interface LineChart {
  title: string;
  subtitle?: string;
  x: Axis;
  y: Axis;
  series: readonly LineSeries[];
}

export interface LineSeries extends Series {
  /** x and y, by ascending x. */
  points: readonly (readonly [number, number])[];
  /** What stands where the line ends; its name and last value by default. */
  label?: string;
}

const PLOT_HEIGHT = 360;
const LABEL_WIDTH_MAX = 210;
const AXIS_GAP = 8;

/** Room for the values of the first points, beside the numbers of the axis. */
const INSET = 32;

/** Dashes after the first two lines, so that lines stay apart without colours. */
const DASHES = [undefined, undefined, '7 5', '2 5', '10 4 2 4', '1 4'];

/** Where the plot lies on the sheet, and what it shows. */
interface Plot {
  chart: LineChart;
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: Scale;
  y: Scale;
}

/**
 * A line chart as an SVG document, readable in light and dark, with each line named at its end.
 * @throws ChartInvalidError
 */
export function lineChart(chart: LineChart): string {
  const points = chart.series.flatMap(({ name, points }) => points.map(([x, y]) => ({ name, x, y })));
  assertDrawable(
    chart.title,
    chart.x,
    points.map(({ name, x }) => ({ name, value: x })),
  );
  assertDrawable(
    chart.title,
    chart.y,
    points.map(({ name, y }) => ({ name, value: y })),
  );
  const top = headHeight(chart) + 26;
  const bottom = top + PLOT_HEIGHT;
  const yValues = points.map(({ y }) => y);
  const y = scaleOf(chart.y, yValues, bottom, top);
  const left = MARGIN + Math.max(...y.ticks.map((tick) => widthOf(tick.text, LABEL_SIZE))) + AXIS_GAP;
  const labels = chart.series.map((series) => endLabel(chart, series));
  const labelWidth = Math.max(...labels.flat().map((each) => widthOf(each, LABEL_SIZE)));
  const right = WIDTH - MARGIN - labelWidth - 26;
  const x = scaleOf(
    chart.x,
    points.map((point) => point.x),
    left + INSET,
    right - INSET / 2,
  );
  const plot: Plot = { chart, left, right, top, bottom, x, y };
  return sheet({ ...chart, description: describe(chart) }, bottom + 62, [
    ...axes(plot),
    // Emphasised lines lie on top.
    ...chart.series
      .map((series, index) => ({ series, index }))
      .toSorted((a, b) => Number(a.series.emphasis ?? false) - Number(b.series.emphasis ?? false))
      .map(({ series, index }) => drawn(plot, series, index)),
    ...written(plot, labels),
  ]);
}

function axes({ chart, left, right, top, bottom, x, y }: Plot): string[] {
  const rows = y.ticks.map(({ value, text: label }) => {
    const at = y.at(value);
    return line(left, at, right, at, 'grid') + text(left - AXIS_GAP, at + 4, 'muted', label, 'end');
  });
  const columns = x.ticks.map(({ value, text: label }) => {
    const at = x.at(value);
    return line(at, top, at, bottom, 'grid') + text(at, bottom + 20, 'muted', label, 'middle');
  });
  return [
    ...rows,
    ...columns,
    line(left, bottom, right, bottom, 'axis'),
    text(MARGIN, top - 14, 'strong muted', chart.y.label),
    text((left + right) / 2, bottom + 44, 'strong muted', chart.x.label, 'middle'),
  ];
}

function drawn(plot: Plot, { name, points, emphasis = false }: LineSeries, index: number): string {
  const { chart, x, y } = plot;
  const at = points.map(([px, py]) => ({ px, py, cx: x.at(px), cy: y.at(py) }));
  const path = at
    .map(({ cx, cy }, step) => `${step === 0 ? 'M' : 'L'}${rounded(cx)} ${rounded(cy)}`)
    .join('');
  const style = `${colourOf(index)}${emphasis ? ' strong' : ''}`;
  const marks = at.map(({ px, py, cx, cy }) =>
    markOf(
      index,
      cx,
      cy,
      emphasis ? 5.5 : 4,
      style,
      `${name}: ${valueText(chart.x, px)}, ${valueText(chart.y, py)}`,
    ),
  );
  return [
    element('path', { d: path, class: `line ${style}`, 'stroke-dasharray': dashOf(index) }),
    ...marks,
  ].join('');
}

/** What lines are called where they end, and the values of emphasised ones; the last of them stands in the name. */
function written({ chart, left, right, top, bottom, x, y }: Plot, labels: string[][]): string[] {
  const lines = chart.series.map(({ points, emphasis = false }, index) => ({
    style: `${colourOf(index)}${emphasis ? ' strong' : ''}`,
    emphasis,
    points: points.map(([px, py]) => ({ x: x.at(px), y: y.at(py), label: valueText(chart.y, py) })),
  }));
  const ends = lines.map(({ style, points }, index) => {
    const { x: endX = 0, y: endY = 0 } = points.at(-1) ?? {};
    return { x: endX, y: endY, style, label: labels[index] ?? [], index };
  });
  const names = endLabels(ends, { left, right, top, bottom });
  const segments = lines.flatMap(segmentsOf);
  const values = valueLabels(
    lines.filter(({ emphasis }) => emphasis),
    segments,
    names.map(({ box }) => box),
  );
  return [...values, ...names.map(({ svg }) => svg)];
}

function segmentsOf({ points }: Valued): Segment[] {
  return points
    .slice(1)
    .map(({ x, y }, index) => [points[index]?.x ?? x, points[index]?.y ?? y, x, y] as const);
}

/** A line's name, and the value that it ends with. */
function endLabel(chart: LineChart, { name, points, label }: LineSeries): string[] {
  if (label !== undefined) return wrapped(label, LABEL_SIZE, LABEL_WIDTH_MAX);
  const last = points.at(-1);
  const value = last === undefined ? '' : valueText(chart.y, last[1]);
  return wrapped(`${name} ${value}`.trim(), LABEL_SIZE, LABEL_WIDTH_MAX);
}

function describe({ subtitle = '', x, y, series }: LineChart): string {
  const lines = series.map(
    ({ name, points }) =>
      `${name}: ${points.map(([px, py]) => `${valueText(x, px)} → ${valueText(y, py)}`).join(', ')}.`,
  );
  return singleSpaced(`${subtitle} Lines of ${y.label} against ${x.label}. ${lines.join(' ')}`);
}

function singleSpaced(words: string): string {
  return words.replace(/\s+/g, ' ').trim();
}

function valueText(axis: Axis, value: number): string {
  return (axis.format ?? numberText)(value);
}

function dashOf(index: number): string | undefined {
  return DASHES[index % DASHES.length];
}
