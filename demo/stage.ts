import { painter, type Style, wantsColour } from '../src/cli/colour.ts';

const BAR_CELLS = 40;

/** Where the demo is shown: lines, and on a terminal one live line below them. */
export interface Stage {
  line(...parts: (string | [Style, string])[]): void;
  heading(text: string): void;
  /** How full the window is. A terminal redraws it; a pipe gets a line at every quarter. */
  bar(label: string, value: number, max: number, note: string): void;
  /** Leaves the bar as it stands and goes on below it. */
  endBar(): void;
  /** A text that changes in place; a pipe does not get it. */
  live(text: string): void;
  width: number;
  paint: ReturnType<typeof painter>;
}

export function createStage(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Stage {
  const isTerminal = out.isTTY === true && env.TERM !== 'dumb';
  const paint = painter(wantsColour('auto', env, out.isTTY === true));
  const width = isTerminal ? Math.max(60, out.columns) : 110;
  let quarter = 0;
  let shown = '';
  let printed = '';
  const clear = () => {
    if (isTerminal) out.write('\r\x1b[2K');
  };
  const live = (text: string) => {
    if (isTerminal) out.write(`\r\x1b[2K${text}`);
  };
  const line: Stage['line'] = (...parts) => {
    clear();
    out.write(`${parts.map((part) => (typeof part === 'string' ? part : paint(...part))).join('')}\n`);
  };
  return {
    line,
    live,
    width,
    paint,
    heading(text) {
      quarter = 0;
      line('');
      line(['bold', text]);
    },
    bar(label, value, max, note) {
      const filled = Math.min(BAR_CELLS, Math.round((value / max) * BAR_CELLS));
      const cells = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`;
      const text = `  ${label} ${cells} ${String(value).padStart(3)} of ${max}  ${note}`;
      shown = text;
      live(text);
      const reached = Math.floor((value / max) * 4);
      if (isTerminal || reached <= quarter) return;
      quarter = reached;
      printed = text;
      line(text);
    },
    endBar() {
      if (shown !== printed) line(shown);
      printed = shown;
    },
  };
}
