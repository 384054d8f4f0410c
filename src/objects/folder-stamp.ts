import type { BigIntStats } from 'node:fs';

/** What a file's size and times say about the write that it holds. */
export interface FileStamp {
  /** Bytes. */
  size: number;
  /** Not a digest of the content: hex of size and modification time, cheap and different for every write. */
  etag: string;
  /**
   * Hex of the modification time in ns (16 digits), then of the size (14): the newest write sorts last. With the path
   * it is the write's identity: another size or modification time is another write.
   */
  sequencer: string;
  /**
   * No earlier instant (ms since 1970) can have seen this write: its modification time, or 0 where that lies after
   * the change time. Why not the change time itself: a later chmod or rename moves it forward although the write is
   * the same, and a restart that looks for duplicates only from there counts the file twice. Why 0: a modification
   * time after the change time was set by hand to the future and says nothing, so duplicates are looked for from
   * the start. (A file of such a time, whose change time is moved past it once it has come, is the one case that
   * this cannot see; no file time shows it.)
   */
  bornAfter: number;
}

export function stampOf(stats: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs'>): FileStamp {
  const size = Number(stats.size);
  // Modification times before 1970 wrap around: they sort wrong, but stay different from one another.
  const time = BigInt.asUintN(64, stats.mtimeNs).toString(16).padStart(16, '0');
  return {
    size,
    etag: `${size.toString(16)}-${time}`,
    sequencer: time + size.toString(16).padStart(14, '0'),
    bornAfter: stats.mtimeNs <= stats.ctimeNs ? Math.max(0, Number(stats.mtimeNs / 1_000_000n)) : 0,
  };
}
