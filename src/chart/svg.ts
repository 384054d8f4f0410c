/** Elements of an SVG document as text. */

type Attributes = Record<string, string | number | undefined>;

/** One element. Attributes are escaped and their numbers rounded; `children` are elements or {@link escaped} text. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value ?? '')}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

export function text(
  x: number,
  y: number,
  style: string,
  content: string,
  anchor?: 'middle' | 'end',
): string {
  return element('text', { x, y, class: style, 'text-anchor': anchor }, escaped(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return element('line', { x1, y1, x2, y2, class: style });
}

/** What XML 1.0 cannot hold in any form is left out. */
export function escaped(content: string): string {
  return content
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Tenths of a pixel: enough for the eye, and the same text on every machine. */
export function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Mean width of a character of the sans-serif faces below, in parts of the font size; a little generous. */
const CHARACTER = 0.56;

/** About how wide a text will be (px). */
export function widthOf(content: string, size: number): number {
  return [...content].length * size * CHARACTER;
}

/** Cuts a text into lines of at most `width` pixels, between words. */
export function wrapped(content: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, size) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
