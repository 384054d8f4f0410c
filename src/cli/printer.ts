import { type ColourChoice, type Painter, painter, type Style, wantsColour } from './colour.ts';
import { escapeLine, safeJson } from './text/escape.ts';
import { type Column, table, tsv } from './text/table.ts';

/** What a command may know of the stream that it prints to. */
export interface OutputStream {
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly writableNeedDrain?: boolean;
}

/** A piece of a line: text, or text with a style. Both are escaped, so they may quote anything. */
export type Piece = string | readonly [Style | undefined, string];

/** Data goes to stdout, talk to stderr. With `json` only documents reach stdout. */
export interface Printer {
  readonly json: boolean;
  /** Whether stdout is a terminal. */
  readonly tty: boolean;
  /** Whether stdout is a terminal whose lines can be drawn again. */
  readonly redraws: boolean;
  /** The one JSON document of a command. */
  document(value: unknown): void;
  /** One document of a stream, on one line. */
  record(value: unknown): void;
  /** A table for a terminal, tab-separated values for a pipe. */
  rows<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void;
  /** The lines that `rows` would print. */
  rowLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[];
  line(...pieces: Piece[]): void;
  /** Text that is shown as it is: ours, or escaped already. */
  raw(text: string): void;
  /** Draws lines in place of those drawn before. Only where `redraws`. */
  redraw(lines: readonly string[]): void;
  talk(...pieces: Piece[]): void;
  /** Resolves when a slow reader has caught up. */
  drained(): Promise<void>;
}

const WIDTH_DEFAULT = 80;
const HEIGHT_DEFAULT = 24;

export function createPrinter(options: {
  stdout: OutputStream;
  stderr: OutputStream;
  env: NodeJS.ProcessEnv;
  json: boolean;
  colour: ColourChoice;
}): Printer {
  const { stdout, stderr, env, json } = options;
  const isTTY = stdout.isTTY === true;
  const paint = painter(wantsColour(options.colour, env, isTTY));
  const paintTalk = painter(wantsColour(options.colour, env, stderr.isTTY === true));
  let drawn = 0;

  const rowLines = <Row>(rows: readonly Row[], columns: readonly Column<Row>[]) =>
    isTTY ? table(rows, columns, { width: widthOfTerminal(stdout, env), paint }) : tsv(rows, columns, paint);

  return {
    json,
    tty: isTTY,
    redraws: isTTY && env.TERM !== 'dumb' && !json,
    document: (value) => void stdout.write(`${safeJson(value, isTTY ? 2 : undefined)}\n`),
    record: (value) => void stdout.write(`${safeJson(value)}\n`),
    rows: (rows, columns) => {
      for (const line of rowLines(rows, columns)) stdout.write(`${line}\n`);
    },
    rowLines,
    line: (...pieces) => void stdout.write(`${joined(pieces, paint)}\n`),
    raw: (text) => void stdout.write(text),
    redraw: (lines) => {
      // A terminal that does not know its size says 0.
      const height = stdout.rows || HEIGHT_DEFAULT;
      const shown = fitHeight(lines, height - 1);
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
      stdout.write(`${up}\u001b[J${shown.map((line) => `${line}\n`).join('')}`);
      drawn = shown.length;
    },
    talk: (...pieces) => void stderr.write(`${joined(pieces, paintTalk)}\n`),
    drained: () =>
      new Promise((resolve) => {
        if (stdout.writableNeedDrain === true) stdout.once('drain', resolve);
        else resolve();
      }),
  };
}

function joined(pieces: readonly Piece[], paint: Painter): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? escapeLine(piece) : paint(piece[0], escapeLine(piece[1]))))
    .join('');
}

function widthOfTerminal(stdout: OutputStream, env: NodeJS.ProcessEnv): number {
  const stated = Number(env.COLUMNS);
  return stdout.columns || (Number.isInteger(stated) && stated > 0 ? stated : WIDTH_DEFAULT);
}

/** Lines beyond the screen cannot be reached again by moving the cursor up. */
function fitHeight(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height) return lines;
  const kept = Math.max(0, height - 1);
  return [...lines.slice(0, kept), `… and ${lines.length - kept} more lines`];
}
