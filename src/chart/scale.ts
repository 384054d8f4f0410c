import { type Axis, numberText } from './chart.ts';

/** Where values lie on an axis, in pixels. */
export interface Scale {
  at(value: number): number;
  ticks: { value: number; text: string }[];
}

/** Grid lines that an axis has at least, where it can choose. */
const TICKS_MIN = 4;

/** More decades than this get a grid line at each power of ten only. */
const FINE_DECADES_MAX = 2;

/** The scale of an axis that shows all `values` between two pixel positions. */
export function scaleOf(axis: Axis, values: readonly number[], start: number, end: number): Scale {
  const given = axis.ticks ?? (axis.scale === 'log' ? logTicks(values) : linearTicks(values));
  const low = Math.min(...given, ...values);
  const high = Math.max(...given, ...values);
  const position = axis.scale === 'log' ? Math.log10 : (value: number) => value;
  const span = position(high) - position(low) || 1;
  const format = axis.format ?? numberText;
  return {
    at: (value) => start + ((position(value) - position(low)) / span) * (end - start),
    ticks: given.map((value) => ({ value, text: format(value) })),
  };
}

/** From 0 (or the least value, if negative) in steps of 1, 2 or 5 times a power of ten. */
function linearTicks(values: readonly number[]): number[] {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const rough = (high - low || 1) / TICKS_MIN;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([5, 2].find((factor) => factor * power <= rough) ?? 1);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, index) => exact((first + index) * step));
}

/** Powers of ten around the values; with few decades also twice and five times them. */
function logTicks(values: readonly number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const high = Math.ceil(Math.log10(Math.max(...values)) - 1e-9);
  const decades = Math.max(1, high - low);
  const factors = decades <= FINE_DECADES_MAX ? [1, 2, 5] : [1];
  const powers = Array.from({ length: decades + 1 }, (_, index) => 10 ** (low + index));
  const ticks = powers.flatMap((power) => factors.map((factor) => exact(factor * power)));
  return ticks.filter((tick) => tick <= exact(10 ** (low + decades)));
}

/** Without the noise of binary fractions: 0.30000000000000004 is 0.3. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}
