/** What charts are made of: plain data in, a whole SVG document out. */

/** One line, or the bars of one colour. */
export interface Series {
  name: string;
  /** Drawn stronger than the others, each of its values written beside it. */
  emphasis?: boolean;
}

export interface Axis {
  label: string;
  scale: 'linear' | 'log';
  /** The values with a grid line; the axis reaches at least from the first to the last. Chosen when absent. */
  ticks?: readonly number[];
  /** How values are written, on the axis and beside the data. Default: {@link numberText}. */
  format?: (value: number) => string;
}

/** Data that cannot be drawn: a value that is not finite, or not above 0 on a log scale, or nothing at all. */
export class ChartInvalidError extends Error {
  override readonly name = 'ChartInvalidError';
  readonly chart: string;

  constructor(chart: string, problem: string) {
    super(`The chart "${chart}" cannot be drawn: ${problem}.`);
    this.chart = chart;
  }
}

const SIGNIFICANT = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const MILLION = 1_000_000;

/** Three significant digits, grouped: 0.0612, 3.02, 1,500, 2.5M. */
export function numberText(value: number): string {
  if (Math.abs(value) >= MILLION) return `${SIGNIFICANT.format(value / MILLION)}M`;
  return SIGNIFICANT.format(value);
}

/** @throws ChartInvalidError */
export function assertDrawable(
  chart: string,
  axis: Axis,
  values: readonly { name: string; value: number }[],
): void {
  if (values.length === 0) throw new ChartInvalidError(chart, 'it has no values');
  for (const { name, value } of values) {
    if (!Number.isFinite(value)) {
      throw new ChartInvalidError(chart, `"${name}" has the value ${value}; expected finite numbers`);
    }
    if (axis.scale === 'log' && value <= 0) {
      throw new ChartInvalidError(
        chart,
        `"${name}" has the value ${value}; a log scale shows values above 0`,
      );
    }
  }
}
