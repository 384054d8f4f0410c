import type { BigIntStats } from 'node:fs';
import { expect, it } from 'vitest';
import { watchedFolders } from '../../src/objects/watch-folders.ts';

const LONG_AGO = 1_000n;
const LATER = 2_000n;
const MUCH_LATER = 3_000n;

it('a folder that is made again under the number of the one before it is watched anew, though nothing told of it', () => {
  const { folders, watched } = open();
  expect(folders.enter('/in', found({ birth: LONG_AGO, change: LATER }))).toBe('all is new');
  expect(folders.enter('/in', found({ birth: LONG_AGO, change: MUCH_LATER }))).toBe('names may be new');
  const again = found({ birth: MUCH_LATER, change: MUCH_LATER });
  expect(folders.has('/in', again)).toBe(false);
  expect(folders.enter('/in', again)).toBe('all is new');
  expect(watched).toEqual(['/in', '/in']);
});

it('a folder of which nothing had changed yet stays the one that is watched when something does', () => {
  const { folders, watched } = open();
  folders.enter('/in', found({ birth: LONG_AGO, change: LONG_AGO }));
  expect(folders.enter('/in', found({ birth: LONG_AGO, change: LATER }))).toBe('names may be new');
  expect(watched).toEqual(['/in']);
});

it.each([
  ['0', () => 0n],
  ['the change time', (change: bigint) => change],
])(
  'where no births are kept and the system says %s, a folder that changes is still the same',
  (_, birthOf) => {
    const { folders, watched } = open();
    for (const change of [LONG_AGO, LATER, MUCH_LATER]) {
      folders.enter('/in', found({ birth: birthOf(change), change }));
      expect(folders.has('/in', found({ birth: birthOf(change), change }))).toBe(true);
    }
    expect(watched).toEqual(['/in']);
  },
);

/** Folders without hints, and those that began to be watched. */
function open() {
  const watched: string[] = [];
  const folders = watchedFolders({
    hints(folder) {
      watched.push(folder);
      return () => {};
    },
    now: Date.now,
    hinted() {},
    hint() {},
    unclear() {},
    failed() {},
  });
  return { folders, watched };
}

/** Always of the same number. */
function found({ birth, change }: { birth: bigint; change: bigint }): BigIntStats {
  return { dev: 1n, ino: 2n, birthtimeNs: birth, ctimeNs: change } as BigIntStats;
}
