import { element, escaped, rounded } from './svg.ts';

/** The shape that marks a point, one per series, so that lines stay apart without colours. */
export function markOf(
  index: number,
  x: number,
  y: number,
  size: number,
  style: string,
  title: string,
): string {
  const shape = SHAPES[index % SHAPES.length] ?? SHAPES[0];
  const attributes = shape === undefined ? 'M0 0' : path(shape, x, y, size);
  return element('path', { d: attributes, class: `mark ${style}` }, element('title', {}, escaped(title)));
}

/** Corners around the middle, in parts of the size; none for a circle. */
const SHAPES: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  [
    [0, -1.2],
    [1.1, 0.8],
    [-1.1, 0.8],
  ],
  [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  [
    [0, 1.2],
    [1.1, -0.8],
    [-1.1, -0.8],
  ],
];

function path(corners: readonly (readonly [number, number])[], x: number, y: number, size: number): string {
  if (corners.length === 0) {
    const start = `M${rounded(x - size)} ${rounded(y)}`;
    const half = (by: number) => `a${rounded(size)} ${rounded(size)} 0 1 0 ${rounded(by)} 0`;
    return `${start}${half(2 * size)}${half(-2 * size)}Z`;
  }
  const points = corners.map(([dx, dy]) => `${rounded(x + dx * size)} ${rounded(y + dy * size)}`);
  return `M${points.join('L')}Z`;
}
