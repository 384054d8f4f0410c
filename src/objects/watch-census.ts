/**
 * Which write of each file was counted by this watch. It only saves repeats: the log drops those of an earlier life,
 * and would drop these. Holds one entry per file that is there.
 */
export interface Census {
  /** Notes that a file with this write is there. True when that is news. */
  note(path: string, sequencer: string): boolean;
  gone(path: string): void;
  /** A round met the file, whatever it holds by now. */
  met(path: string): void;
  beginRound(): void;
  /** Forgets the files that the round did not meet: they are gone, and no hint said so. */
  endRound(): void;
  readonly size: number;
}

export function census(): Census {
  const known = new Map<string, { sequencer: string; round: number }>();
  let round = 0;
  return {
    note(path, sequencer) {
      const entry = known.get(path);
      if (entry?.sequencer === sequencer) return false;
      known.set(path, { sequencer, round });
      return true;
    },
    gone(path) {
      known.delete(path);
    },
    met(path) {
      const entry = known.get(path);
      if (entry !== undefined) entry.round = round;
    },
    beginRound() {
      round++;
    },
    endRound() {
      for (const [path, entry] of known) if (entry.round < round) known.delete(path);
    },
    get size() {
      return known.size;
    },
  };
}
