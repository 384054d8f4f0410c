import type { OpenWindowRow } from '../api/schemas.ts';
import type { WindowsAnswer } from './client/endpoints.ts';
import { isPassing } from './passing.ts';
import type { Printer } from './printer.ts';
import type { Column } from './text/table.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Shows the open windows until it is interrupted: a table drawn again and again on a terminal; in a pipe a line for
 * every window that is new or has changed; with --json the whole answer on one line whenever it has changed. A
 * server that goes away is waited for.
 */
export async function watchWindows(options: {
  printer: Printer;
  ask: () => Promise<WindowsAnswer>;
  columns: (now: number) => Column<OpenWindowRow>[];
}): Promise<never> {
  const { printer, ask, columns } = options;
  const show = windowsShower(printer, columns);
  show(await ask());
  let away = false;
  while (true) {
    await printer.drained();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    try {
      show(await ask());
      if (away) printer.talk('The server is back.');
      away = false;
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!away) printer.talk(`${error.message} Waiting for it.`);
      away = true;
    }
  }
}

function windowsShower(printer: Printer, columns: (now: number) => Column<OpenWindowRow>[]) {
  let before: Map<string, string> | undefined;
  return ({ windows, ...answer }: WindowsAnswer): void => {
    const current = new Map(windows.map((window) => [nameOf(window), stateOf(window)]));
    const changed = windows.filter((window) => before?.get(nameOf(window)) !== stateOf(window));
    const same = changed.length === 0 && current.size === before?.size;
    before = current;
    if (printer.json) {
      if (!same) printer.record({ ...answer, windows });
    } else if (printer.redraws) {
      const lines = printer.rowLines(windows, columns(Date.parse(answer.now)));
      printer.redraw(windows.length === 0 ? ['No window is open.'] : lines);
    } else {
      printer.rows(changed, columns(Date.parse(answer.now)));
    }
  };
}

function nameOf({ route, partition, seq }: OpenWindowRow): string {
  return JSON.stringify([route, partition, seq]);
}

function stateOf({ count, bytes, deadline }: OpenWindowRow): string {
  return JSON.stringify([count, bytes, deadline]);
}
