import type { PriceTable } from './prices.ts';

/** Where and of which day prices are, in words: `USD in us-east-1, prices as of 2026-11-23`. */
export function originOf(table: PriceTable): string {
  const { currency, region, prices } = table;
  const days = Object.values(prices)
    .map(({ seen }) => seen)
    .filter((day) => day !== '')
    .toSorted();
  const elsewhere = elsewhereOf(table);
  const except = elsewhere === null ? '' : ` (${elsewhere})`;
  return `${currency} in ${region}, prices as of ${days[0] ?? 'no known day'}${except}`;
}

/** `25 of 26 prices are us-east-1's`, or null where all are the table's region's. */
function elsewhereOf({ region, prices }: PriceTable): string | null {
  const all = Object.values(prices);
  const others = all.filter((price) => price.region !== region);
  if (others.length === 0) return null;
  const regions = [...new Set(others.map((price) => `${price.region}'s`))].join(' and ');
  const share = others.length === all.length ? 'all' : `${others.length} of ${all.length}`;
  return `${share} prices are ${regions}`;
}
