/** Repeatable chance: the same seed and label give the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform whole number, both ends included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** A new array in random order. */
  shuffled<Item>(items: readonly Item[]): Item[];
  /** Exponentially distributed with this mean: the time to the next of many independent happenings. */
  wait(mean: number): number;
  /** An independent stream. Drawing more from one stream never shifts another. */
  fork(label: string): Random;
}

/** The generator sfc32 (Chris Doty-Humphrey, PractRand), seeded from a number and a label. */
export function randomOf(seed: number, label = ''): Random {
  const step = sfc32(seed, label);
  const next = () => step() / 4294967296;
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => probability > 0 && next() < probability,
    pick: (items) => {
      const item = items[int(0, items.length - 1)];
      if (item === undefined) throw new RangeError('Cannot pick from nothing.');
      return item;
    },
    shuffled: (items) => shuffle([...items], int),
    wait: (mean) => -Math.log(1 - next()) * mean,
    fork: (inner) => randomOf(seed, `${label}/${inner}`),
  };
}

function sfc32(seed: number, label: string): () => number {
  let a = 0x9e3779b9 ^ seed;
  let b = 0x243f6a88 ^ Math.floor(seed / 4294967296);
  let c = 0xb7e15162;
  let counter = 1;
  for (let i = 0; i < label.length; i++) c = Math.imul(c ^ label.charCodeAt(i), 0x01000193);
  const step = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  // The first outputs of nearby seeds resemble each other.
  for (let i = 0; i < 15; i++) step();
  return step;
}

function shuffle<Item>(items: Item[], int: (min: number, max: number) => number): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = int(0, i);
    const item = items[i] as Item;
    items[i] = items[j] as Item;
    items[j] = item;
  }
  return items;
}
