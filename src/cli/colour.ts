import { styleText } from 'node:util';

/** When to colour: what `--color` accepts. */
export type ColourChoice = 'auto' | 'always' | 'never';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text, or leaves it as it is. */
export type Painter = (style: Style | undefined, text: string) => string;

/**
 * Whether a stream gets colours. `--color` beats the environment; there NO_COLOR (no-color.org: any value but the
 * empty one) beats FORCE_COLOR; without either, a terminal that is not TERM=dumb gets them.
 */
export function wantsColour(choice: ColourChoice, env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTTY && env.TERM !== 'dumb';
}

export function painter(coloured: boolean): Painter {
  if (!coloured) return (_style, text) => text;
  return (style, text) => (style === undefined ? text : styleText(style, text, { validateStream: false }));
}
