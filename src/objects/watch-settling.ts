import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { type Agenda, type AgendaEntry, agenda } from '../timers/agenda.ts';
import type { WakeAfter } from '../timers/wakeup.ts';
import { isMissing } from './folder-errors.ts';

export interface SettlingOptions {
  now(): number;
  wakeAfter: WakeAfter;
  /** A regular file has not changed for {@link STABLE_MS}. */
  complete(path: string, stats: BigIntStats): void;
  /** A folder is at the path. */
  folder(path: string, stats: BigIntStats): void;
  /** Neither a regular file nor a folder is at the path (any more). */
  gone(path: string): void;
  failed(path: string, error: unknown): void;
  /** Resolves when more complete files can be taken in. */
  room(): Promise<void>;
}

/** Decides when a file is complete. */
export interface Settling {
  /** Looks at a file once nothing can have happened to it for a while. */
  hint(path: string): void;
  /** Looks at a file now, and again later if it is not complete. */
  look(path: string): Promise<void>;
  /** Resolves when no look is under way. */
  stop(): Promise<void>;
}

/** A file is complete when nothing has changed it for this long. */
export const STABLE_MS = 200;

const TICK_MS = 50;
const STABLE_TICKS = STABLE_MS / TICK_MS;
const LOOKS_AT_ONCE = 32;

interface Unsettled {
  /** What the file looked like at the last look, and since which tick; empty before the first. */
  shape: string;
  since: number;
}

/**
 * A file is complete when its change time, which every write, rename and change of times moves, lies
 * {@link STABLE_MS} back, and no hint came for as long. Where the clock does not agree with the change time (it was set
 * back, or the folder lies on another machine): when the file looked the same for that long. Waits are counted in
 * ticks, not by the clock: one that is set back must not hold a file up.
 */
export function settling(options: SettlingOptions): Settling {
  const unsettled = agenda<Unsettled>();
  const looks = new Set<Promise<void>>();
  let tick = 0;
  let ticking = false;
  let cancelPause = () => {};
  let stopped = false;

  const wait = (path: string, ticks: number, item: Unsettled) => {
    unsettled.set(path, tick + ticks, item);
    if (!ticking) track(runTicks());
  };

  const runTicks = async () => {
    ticking = true;
    while (unsettled.size > 0 && !stopped) {
      await pause();
      tick++;
      let due = someDue(unsettled, tick);
      while (due.length > 0 && !stopped) {
        await Promise.all(due.map(({ id, item }) => lookAt(id, item)));
        await options.room();
        due = someDue(unsettled, tick);
      }
    }
    ticking = false;
  };

  const pause = async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = options.wakeAfter(TICK_MS, resolve);
    cancelPause = () => {
      cancel();
      resolve();
    };
    await promise;
  };

  const lookAt = async (path: string, before: Unsettled | undefined) => {
    let stats: BigIntStats;
    try {
      stats = await lstat(path, { bigint: true });
    } catch (error) {
      if (isMissing(error)) options.gone(path);
      else options.failed(path, error);
      return;
    }
    if (stopped) return;
    if (stats.isDirectory()) return options.folder(path, stats);
    if (!stats.isFile()) return options.gone(path);
    const age = options.now() - changedAt(stats);
    if (age >= STABLE_MS) return options.complete(path, stats);
    const shape = shapeOf(stats);
    const since = before?.shape === shape ? before.since : tick;
    if (tick - since >= STABLE_TICKS) return options.complete(path, stats);
    const ticks = age < 0 ? STABLE_TICKS : Math.ceil((STABLE_MS - age) / TICK_MS);
    wait(path, ticks, { shape, since });
  };

  const track = async (work: Promise<void>) => {
    looks.add(work);
    await work.finally(() => looks.delete(work));
  };

  return {
    hint(path) {
      if (stopped) return;
      wait(path, STABLE_TICKS, unsettled.get(path)?.item ?? { shape: '', since: 0 });
    },
    async look(path) {
      // A file that waits is looked at in its turn: a hint says that it is being written.
      if (!stopped && unsettled.get(path) === undefined) await track(lookAt(path, undefined));
    },
    async stop() {
      stopped = true;
      unsettled.clear();
      cancelPause();
      await Promise.all(looks);
    },
  };
}

function someDue<Item>(of: Agenda<Item>, tick: number): AgendaEntry<Item>[] {
  const due: AgendaEntry<Item>[] = [];
  while (due.length < LOOKS_AT_ONCE) {
    const entry = of.takeDue(tick);
    if (entry === undefined) break;
    due.push(entry);
  }
  return due;
}

function changedAt({ ctimeNs }: BigIntStats): number {
  return Number(ctimeNs / 1_000_000n);
}

function shapeOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino].join();
}
