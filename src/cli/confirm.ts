import { createInterface } from 'node:readline';
import type { Cli } from './cli.ts';
import { DeclinedError } from './errors.ts';

/** Whether there is a person to ask: only then is stdin ever read. */
export function canAsk({ stdin, stderr }: Cli): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/**
 * Asks on stderr, so that stdout stays data. Anything but y or yes is a no, and so is the end of input.
 * @throws DeclinedError
 */
export async function confirm({ stdin, stderr }: Cli, question: string): Promise<void> {
  const reader = createInterface({ input: stdin, terminal: false });
  stderr.write(`${question} [y/N] `);
  const answer = await new Promise<string>((resolve) => {
    reader.once('line', resolve);
    reader.once('close', () => resolve(''));
  });
  reader.close();
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new DeclinedError();
}
