import { type Box, crosses, overlap, type Segment } from './boxes.ts';
import { colourOf, LABEL_SIZE } from './frame.ts';
import { spread } from './spread.ts';
import { element, rounded, text, widthOf } from './svg.ts';

/** What is written beside lines: what they are where they end, and values along them. */

const LINE_HEIGHT = 16;

/** A line that ends this far (px) before the plot does is named where it ends, if there is room for its name. */
const EARLY = 120;

/** How far letters reach above and below the line that they stand on (px). */
const ABOVE = 10;
const BELOW = 3;

/** Between a line's end and its name. */
const GAP = 12;

/** Half the size of the room that a point takes. */
const MARK = 7;

/** Where a line ends, and what it is called there. */
export interface End {
  x: number;
  y: number;
  style: string;
  label: string[];
  index: number;
}

export interface Label {
  svg: string;
  box: Box;
}

/** Names the lines, beside the plot or where they end long before it does. No name stands on another. */
export function endLabels(ends: readonly End[], plot: Box): Label[] {
  const isEarly = (end: End) =>
    end.x < plot.right - Math.max(EARLY, GAP + nameWidth(end.label)) &&
    !ends.some((other) => inTheWay(end, other));
  const late = ends.filter((end) => !isEarly(end));
  const middles = spread(
    late.map((end) => end.y),
    late.map(({ label }) => label.length * LINE_HEIGHT + 4),
    plot.top - 10,
    plot.bottom + 10,
  );
  return [
    ...groupsSideBySide(ends.filter(isEarly)).flatMap((group) => early(group, plot)),
    ...late.map((end, index) => named(end, plot.right + 24, middles[index] ?? end.y)),
  ];
}

/** Whether another line ends where the name of the first would stand. */
function inTheWay({ x, y, label }: End, other: End): boolean {
  const reach = x + GAP + nameWidth(label) + 2 * MARK;
  return other.x > x + GAP && other.x < reach && Math.abs(other.y - y) < LINE_HEIGHT;
}

/** Ends whose names would share some of the sheet's width. */
function groupsSideBySide(ends: readonly End[]): End[][] {
  const groups: End[][] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const end of ends.toSorted((a, b) => a.x - b.x)) {
    if (end.x < reach) groups.at(-1)?.push(end);
    else groups.push([end]);
    reach = Math.max(reach, end.x + GAP + nameWidth(end.label));
  }
  return groups;
}

function early(group: readonly End[], plot: Box): Label[] {
  const middles = spread(
    group.map(({ y }) => y),
    group.map(() => LINE_HEIGHT),
    plot.top - LINE_HEIGHT / 2,
    plot.bottom,
  );
  // Names that had to move stand in one column, so that none lies on the end of another line.
  const left = Math.max(...group.map(({ x }) => x)) + GAP;
  return group.map((end, index) => {
    const baseline = (middles[index] ?? end.y) + 4;
    const content = end.label.join(' ');
    return {
      svg: text(left, baseline, `${end.style} halo`, content),
      box: boxOf(left, baseline, content),
    };
  });
}

/** A name beside the plot, and the thin line that leads to it. */
function named(end: End, left: number, middle: number): Label {
  const lead = element('path', {
    d: `M${rounded(end.x + 7)} ${rounded(end.y)}L${rounded(left - 4)} ${rounded(middle)}`,
    class: `lead ${colourOf(end.index)}`,
    'stroke-width': 1,
    opacity: 0.55,
  });
  const first = middle - ((end.label.length - 1) * LINE_HEIGHT) / 2 + 4;
  const lines = end.label.map((part, row) => text(left, first + row * LINE_HEIGHT, end.style, part));
  const box = { ...boxOf(left, first, end.label.join(' ')), bottom: first + end.label.length * LINE_HEIGHT };
  return { svg: lead + lines.join(''), box };
}

/** Points with what is to be written beside each of them. */
export interface Valued {
  style: string;
  points: readonly { x: number; y: number; label: string }[];
}

/** Writes values beside the points of lines, where they stand on nothing else; without room a value is left out. */
export function valueLabels(lines: readonly Valued[], segments: readonly Segment[], taken: Box[]): string[] {
  const ends = segments.flatMap(([x1, y1, x2, y2]) => [markBox(x1, y1), markBox(x2, y2)]);
  const kept = [...taken, ...ends];
  return lines.flatMap(({ style, points }) =>
    points.slice(0, -1).flatMap((point, index) => {
      const next = points[index + 1]?.y ?? point.y;
      const free = placesFor(point, next).find(
        ({ box }) =>
          !kept.some((other) => overlap(box, other)) && !segments.some((segment) => crosses(segment, box)),
      );
      if (free === undefined) return [];
      kept.push(free.box);
      return [text(free.end, free.baseline, `${style} halo`, point.label, 'end')];
    }),
  );
}

/** The best place first: above a line that rises; below one that falls, to the left. */
function placesFor({ x, y, label }: Valued['points'][number], next: number) {
  const half = widthOf(label, LABEL_SIZE) / 2;
  const [above, below] = [y - 12, y + 21];
  const middle = x + half;
  const places: [end: number, baseline: number][] = [
    ...(next > y + LINE_HEIGHT ? [[x + 2, below] as [number, number]] : []),
    ...(next < y ? [above, below] : [below, above]).map((baseline): [number, number] => [middle, baseline]),
    [x + 2 * half + 4, above],
    [x + 2 * half + 4, below],
    [x - 4, above],
    [x - 4, below],
  ];
  return places.map(([end, baseline]) => ({ end, baseline, box: boxOf(end - 2 * half, baseline, label) }));
}

function boxOf(left: number, baseline: number, content: string): Box {
  return { left, right: left + nameWidth([content]), top: baseline - ABOVE, bottom: baseline + BELOW };
}

function markBox(x: number, y: number): Box {
  return { left: x - MARK, right: x + MARK, top: y - MARK, bottom: y + MARK };
}

function nameWidth(label: readonly string[]): number {
  return widthOf(label.join(' '), LABEL_SIZE);
}
