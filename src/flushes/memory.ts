import { compareKeyText, pinKey } from '../table/layout.ts';
import type { Flush, Flushes, Pin } from './flushes.ts';

/** Flushes in this process's memory, for simulations and tests. What goes in and out is copied. */
export function memoryFlushes(): Flushes {
  const flushes = new Map<string, Flush>();
  /** Flush id → sort key → pin. */
  const pins = new Map<string, Map<string, Pin>>();

  return {
    async ask(flush) {
      const stored = flushes.get(flush.id) ?? structuredClone(flush);
      flushes.set(flush.id, stored);
      return structuredClone(stored);
    },

    async find(id) {
      return structuredClone(flushes.get(id)) ?? null;
    },

    async pin(flushId, pin) {
      const ofFlush = pins.get(flushId) ?? new Map<string, Pin>();
      pins.set(flushId, ofFlush);
      const { sk } = pinKey(flushId, pin);
      const stored = ofFlush.get(sk) ?? structuredClone(pin);
      ofFlush.set(sk, stored);
      return structuredClone(stored);
    },

    async pins(flushId) {
      const found = [...(pins.get(flushId) ?? [])].sort(([a], [b]) => compareKeyText(a, b));
      return structuredClone(found.map(([, pin]) => pin));
    },
  };
}
