import { type Axis, assertDrawable, numberText } from './chart.ts';
import { colourOf, headHeight, LABEL_SIZE, MARGIN, sheet, WIDTH } from './frame.ts';
import { markOf } from './marks.ts';
import { scaleOf } from './scale.ts';
import { element, escaped, line, rounded, text, wrapped } from './svg.ts';

export interface PanelChart {
  title: string;
  subtitle?: string;
  rows: readonly { name: string; panels: readonly Panel[] }[];
}

/** A small chart of one line, its values written at its points; its axis begins at 0. */
export interface Panel {
  /** What is drawn, and its unit. */
  title: string;
  x: Omit<Axis, 'scale' | 'ticks'>;
  y: Pick<Axis, 'format'>;
  points: readonly (readonly [x: number, y: number])[];
}

const GAP = 36;
const ROW_HEAD = 30;
const PANEL_HEAD = 22;
const LINE_HEIGHT = 16;
const PLOT_HEIGHT = 96;
const PANEL_FOOT = 52;
/** Room above the highest point, for its value. */
const HEADROOM = 1.3;
const INSET = 26;
/** A line that climbs or falls this far (px) to the next point. */
const STEEP = 24;

/**
 * Small charts side by side, each with an axis of its own, so that what has other units is compared by its shape.
 * @throws ChartInvalidError
 */
export function panelChart(chart: PanelChart): string {
  const panels = chart.rows.flatMap(({ panels }) => panels);
  assertDrawable(
    chart.title,
    { label: '', scale: 'linear' },
    panels.flatMap(({ title, points }) => points.map(([, value]) => ({ name: title, value }))),
  );
  const columns = Math.max(...chart.rows.map((row) => row.panels.length));
  const width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns;
  const drawn: string[] = [];
  let top = headHeight(chart) + 4;
  for (const { name, panels } of chart.rows) {
    drawn.push(text(MARGIN, top + 16, 'strong', name));
    top += ROW_HEAD;
    const heads = panels.map(({ title }) => wrapped(title, LABEL_SIZE, width));
    const head = PANEL_HEAD + (Math.max(...heads.map(({ length }) => length)) - 1) * LINE_HEIGHT;
    for (const [index, panel] of panels.entries()) {
      const left = MARGIN + index * (width + GAP);
      const lines = heads[index] ?? [];
      drawn.push(
        ...lines.map((part, at) => text(left, top + 12 + at * LINE_HEIGHT, 'muted', part)),
        panelDrawn(panel, { left, right: left + width, top: top + head, bottom: top + head + PLOT_HEIGHT }),
      );
    }
    top += head + PLOT_HEIGHT + PANEL_FOOT;
  }
  return sheet({ ...chart, description: describe(chart) }, top + 4, drawn);
}

function panelDrawn(
  { title, x, y, points }: Panel,
  { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
): string {
  const values = points.map(([, value]) => value);
  const ticks = points.map(([value]) => value);
  const across = scaleOf({ ...x, scale: 'log', ticks }, ticks, left + INSET, right - INSET);
  const up = scaleOf(
    { label: '', scale: 'linear', ticks: [0, HEADROOM * Math.max(...values, Number.MIN_VALUE)] },
    values,
    bottom,
    top,
  );
  const style = `${colourOf(0)} strong`;
  const at = points.map(([px, py]) => ({
    cx: across.at(px),
    cy: up.at(py),
    value: (y.format ?? numberText)(py),
  }));
  const path = at
    .map(({ cx, cy }, step) => `${step === 0 ? 'M' : 'L'}${rounded(cx)} ${rounded(cy)}`)
    .join('');
  const area = `${path}L${rounded(at.at(-1)?.cx ?? left)} ${rounded(bottom)}L${rounded(at[0]?.cx ?? left)} ${rounded(bottom)}Z`;
  return [
    element('path', { d: area, class: `bar ${colourOf(0)}`, opacity: 0.12 }),
    line(left, bottom, right, bottom, 'axis'),
    element('path', { d: path, class: `line ${style}` }, element('title', {}, escaped(title))),
    ...at.map(({ cx, cy, value }) => markOf(0, cx, cy, 4.5, style, `${title}: ${value}`)),
    ...at.map(({ cx, cy, value }, index) => {
      // Beside a steep line the value steps aside.
      const rises = (at[index + 1]?.cy ?? cy) < cy - STEEP;
      const fell = (at[index - 1]?.cy ?? cy) < cy - STEEP;
      if (rises === fell) return text(cx, cy - 11, 'strong halo', value, 'middle');
      return rises
        ? text(cx + 6, cy - 11, 'strong halo', value, 'end')
        : text(cx - 6, cy - 11, 'strong halo', value);
    }),
    ...across.ticks.map(({ value, text: label }) =>
      text(across.at(value), bottom + 18, 'muted', label, 'middle'),
    ),
    text((left + right) / 2, bottom + 36, 'muted', x.label, 'middle'),
  ].join('');
}

function describe({ subtitle = '', rows }: PanelChart): string {
  const panels = rows.flatMap(({ panels }) => panels);
  const lines = panels.map(({ title, x, y, points }) => {
    const shown = points.map(
      ([px, py]) => `${(x.format ?? numberText)(px)} → ${(y.format ?? numberText)(py)}`,
    );
    return `${title}, by ${x.label}: ${shown.join(', ')}.`;
  });
  return `${subtitle} ${lines.join(' ')}`.replace(/\s+/g, ' ').trim();
}
