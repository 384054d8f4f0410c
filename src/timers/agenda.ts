/** What is due when: a heap in which an entry can be moved or taken out by its id. */
export interface Agenda<Item> {
  /** Adds an entry, or moves the one with this id to another instant and replaces its item. */
  set(id: string, at: number, item: Item): void;
  get(id: string): AgendaEntry<Item> | undefined;
  delete(id: string): boolean;
  /** The earliest entry. Of entries at the same instant any may come first. */
  first(): AgendaEntry<Item> | undefined;
  /** Takes out the earliest entry if it is due at `now`. */
  takeDue(now: number): AgendaEntry<Item> | undefined;
  clear(): void;
  readonly size: number;
}

export interface AgendaEntry<Item> {
  id: string;
  at: number;
  item: Item;
}

/** A binary heap that knows where each id lies: every operation costs O(log n). */
export function agenda<Item>(): Agenda<Item> {
  const heap: AgendaEntry<Item>[] = [];
  const places = new Map<string, number>();

  const put = (place: number, entry: AgendaEntry<Item>) => {
    heap[place] = entry;
    places.set(entry.id, place);
  };

  const rise = (start: number, entry: AgendaEntry<Item>) => {
    let place = start;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) break;
      put(place, parent);
      place = above;
    }
    put(place, entry);
    return place;
  };

  const sink = (start: number, entry: AgendaEntry<Item>) => {
    let place = start;
    for (;;) {
      const left = 2 * place + 1;
      const below = (heap[left + 1]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? left + 1 : left;
      const child = heap[below];
      if (child === undefined || child.at >= entry.at) break;
      put(place, child);
      place = below;
    }
    put(place, entry);
  };

  const remove = (id: string): AgendaEntry<Item> | undefined => {
    const place = places.get(id);
    if (place === undefined) return undefined;
    const removed = heap[place];
    places.delete(id);
    const last = heap.pop();
    if (last !== undefined && place < heap.length) sink(rise(place, last), last);
    return removed;
  };

  return {
    set(id, at, item) {
      remove(id);
      rise(heap.length, { id, at, item });
    },
    get(id) {
      const place = places.get(id);
      return place === undefined ? undefined : heap[place];
    },
    delete: (id) => remove(id) !== undefined,
    first: () => heap[0],
    takeDue(now) {
      const first = heap[0];
      return first !== undefined && first.at <= now ? remove(first.id) : undefined;
    },
    clear() {
      heap.length = 0;
      places.clear();
    },
    get size() {
      return heap.length;
    },
  };
}
