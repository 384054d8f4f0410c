const SLAB_BYTES = 8 * 1024 * 1024;

/** Many small pieces of bytes in few large ones: a million buffers of their own would keep the garbage collector at work. */
export interface Arena {
  /** @returns where they are kept */
  keep(bytes: Uint8Array): number;
  at(place: number, length: number): Uint8Array;
  forget(): void;
}

export function createArena(): Arena {
  let slabs: Buffer[] = [];
  let used = SLAB_BYTES;
  return {
    keep(bytes) {
      if (bytes.length > SLAB_BYTES) throw new RangeError(`${bytes.length} bytes do not fit ${SLAB_BYTES}.`);
      if (used + bytes.length > SLAB_BYTES) {
        slabs.push(Buffer.allocUnsafeSlow(SLAB_BYTES));
        used = 0;
      }
      slabs.at(-1)?.set(bytes, used);
      used += bytes.length;
      return (slabs.length - 1) * SLAB_BYTES + used - bytes.length;
    },
    at(place, length) {
      const start = place % SLAB_BYTES;
      const slab = slabs[Math.floor(place / SLAB_BYTES)];
      if (!slab) throw new RangeError(`Nothing is kept at ${place}.`);
      return slab.subarray(start, start + length);
    },
    forget() {
      slabs = [];
      used = SLAB_BYTES;
    },
  };
}
