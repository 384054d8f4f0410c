import { getItem, type Item, json, jsonOf, putOrFind, queryAll, type Table } from '../table/items.ts';
import { flushKey, flushPk, pinKey } from '../table/layout.ts';
import type { Flush, Flushes, Pin } from './flushes.ts';

/**
 * Flushes in DynamoDB: an item per flush and one per pin beside it, each put once and never changed.
 * All methods throw TableUnavailableError, TableRefusedError, or TableCorruptError for an item they cannot read.
 */
export function dynamoFlushes(table: Table): Flushes {
  return {
    async ask(flush) {
      return flushOf(await putOrFind(table, flushKey(flush.id), { flush: json(flush) }));
    },

    async find(id) {
      const item = await getItem(table, flushKey(id));
      return item && flushOf(item);
    },

    async pin(flushId, pin) {
      return pinOf(await putOrFind(table, pinKey(flushId, pin), { pin: json(pin) }));
    },

    async pins(flushId) {
      // The flush's own item has the sort key "=", and pins start with a route's name: letters, digits, "-".
      const items = await queryAll(table, {
        pk: flushPk(flushId),
        order: 'ascending',
        limit: Number.POSITIVE_INFINITY,
      });
      return items.filter((item) => item.pin !== undefined).map(pinOf);
    },
  };
}

function flushOf(item: Item): Flush {
  return jsonOf<Flush>(item, 'flush');
}

function pinOf(item: Item): Pin {
  return jsonOf<Pin>(item, 'pin');
}
