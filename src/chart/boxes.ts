/** Where things lie on a sheet, in pixels. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A straight piece of a line: x and y of its ends. */
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Whether a line runs through a box: what is left of it between left and right, and between top and bottom, meets. */
export function crosses([x1, y1, x2, y2]: Segment, { left, right, top, bottom }: Box): boolean {
  const [enterX, leaveX] = within(x1, x2 - x1, left, right);
  const [enterY, leaveY] = within(y1, y2 - y1, top, bottom);
  return Math.max(0, enterX, enterY) <= Math.min(1, leaveX, leaveY);
}

/** The parts of the way (0 to 1 is all of it) at which it enters and leaves a stretch. */
function within(start: number, way: number, low: number, high: number): [number, number] {
  if (way === 0) {
    const never = Number.POSITIVE_INFINITY;
    return start >= low && start <= high ? [-never, never] : [never, -never];
  }
  const [a, b] = [(low - start) / way, (high - start) / way];
  return a < b ? [a, b] : [b, a];
}
