import { element, escaped, text, widthOf, wrapped } from './svg.ts';

/** The sheet that every chart is drawn on: colours for light and dark, title, and a description in words. */

export const WIDTH = 860;
export const MARGIN = 24;

const TITLE_SIZE = 18;
const SUBTITLE_SIZE = 13;
export const LABEL_SIZE = 12.5;

/** Series colours, told apart by people with any colour vision and readable on their background. */
const LIGHT = ['#0b62c4', '#b3480a', '#1a7f4e', '#8a3ea8', '#8a6d00', '#c02a5b', '#4d5b6b'];
const DARK = ['#6cb2ff', '#ff9d5c', '#5fd19a', '#d59bf0', '#e3c04a', '#ff86ac', '#aab7c6'];

/** The place of the grey among them, for what others are compared with. */
export const GREY = 6;

export interface Sheet {
  title: string;
  subtitle?: string;
  /** The chart in words, for those who do not see it. */
  description: string;
}

/** The class of a series, by its place among them. */
export function colourOf(index: number): string {
  return `c${index % LIGHT.length}`;
}

/** The height that title and subtitle take (px). */
export function headHeight({ subtitle = '' }: Pick<Sheet, 'subtitle'>): number {
  return MARGIN + 26 + subtitleLines(subtitle).length * 18 + 8;
}

/** A whole document around what was drawn. */
export function sheet({ title, subtitle = '', description }: Sheet, height: number, drawn: string[]): string {
  const lines = subtitleLines(subtitle).map((part, index) =>
    text(MARGIN, MARGIN + 34 + index * 18, 'subtitle', part),
  );
  // A title that is too long for the sheet is squeezed rather than cut.
  const titleSize = Math.min(TITLE_SIZE, (TITLE_SIZE * (WIDTH - 2 * MARGIN)) / widthOf(title, TITLE_SIZE));
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${Math.round(height)}`,
      width: WIDTH,
      height: Math.round(height),
      role: 'img',
      'aria-labelledby': 'title description',
    },
    '\n',
    element('title', { id: 'title' }, escaped(title)),
    element('desc', { id: 'description' }, escaped(description)),
    `\n<style>\n${STYLE}</style>\n`,
    element('rect', { class: 'sheet', width: '100%', height: '100%', rx: 10 }),
    '\n',
    element('text', { x: MARGIN, y: MARGIN + 12, class: 'title', 'font-size': titleSize }, escaped(title)),
    `\n${[...lines, ...drawn].join('\n')}\n`,
  )}\n`;
}

function subtitleLines(subtitle: string): string[] {
  return subtitle === '' ? [] : wrapped(subtitle, SUBTITLE_SIZE, WIDTH - 2 * MARGIN);
}

const STYLE = `text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;font-size:${LABEL_SIZE}px}
.title{font-weight:700;font-size:${TITLE_SIZE}px}
.subtitle{font-size:${SUBTITLE_SIZE}px}
.strong{font-weight:700}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.strong{stroke-width:4}
.halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
${colours({ sheet: '#ffffff', edge: '#d5dbe2', text: '#1b222b', muted: '#566270', grid: '#e4e8ed' }, LIGHT)}@media (prefers-color-scheme: dark){
${colours({ sheet: '#12171e', edge: '#313b47', text: '#eef2f6', muted: '#a4b0bd', grid: '#29323d' }, DARK)}}
`;

function colours(
  of: { sheet: string; edge: string; text: string; muted: string; grid: string },
  series: string[],
): string {
  const each = series.map(
    (colour, index) =>
      `.c${index}.line,.c${index}.lead{stroke:${colour}}.c${index}.mark,.c${index}.bar,text.c${index}{fill:${colour}}`,
  );
  return `.sheet{fill:${of.sheet};stroke:${of.edge}}
text{fill:${of.text}}
.subtitle,.muted{fill:${of.muted}}
.grid{stroke:${of.grid};stroke-width:1}
.axis{stroke:${of.muted};stroke-width:1}
.mark,.halo{stroke:${of.sheet}}
.mark{stroke-width:1.5}
${each.join('\n')}
`;
}
