import type { PriceName, PriceTable } from './prices.ts';

export const SERVICES = [
  'EventBridge',
  'SQS',
  'Lambda',
  'DynamoDB',
  'Step Functions',
  'other',
  'steps',
] as const;

/** Where a line belongs in a table. `steps` is the pipeline's own work: its functions, and what they ask of S3. */
export type Service = (typeof SERVICES)[number];

/** Something that is charged for. */
export interface Usage {
  service: Service;
  what: string;
  price: PriceName;
  /** In the price's units. */
  quantity: number;
}

export interface Line extends Usage {
  /** In the table's currency. */
  cost: number;
}

export interface Bill {
  /** Because of the files. */
  files: Line[];
  /** However few files come, in the time in which these came. */
  standing: Line[];
}

/**
 * What usage costs.
 *
 * @param freeMonths months of free tier that nothing else in the account uses; 0 for list prices
 */
export function billOf(
  usage: { files: readonly Usage[]; standing: readonly Usage[] },
  { prices }: PriceTable,
  freeMonths: number,
): Bill {
  const used = new Map<PriceName, number>();
  for (const { price, quantity } of [...usage.files, ...usage.standing]) {
    used.set(price, (used.get(price) ?? 0) + quantity);
  }
  const lineOf = (entry: Usage): Line => {
    const { price, per, free } = prices[entry.price];
    const all = used.get(entry.price) ?? 0;
    // What is free is shared out by how much each line takes.
    const charged = all === 0 ? 0 : Math.max(0, all - free * freeMonths) / all;
    return { ...entry, cost: (entry.quantity * charged * price) / per };
  };
  return { files: usage.files.map(lineOf), standing: usage.standing.map(lineOf) };
}

export function totalOf(lines: readonly Line[], service?: Service): number {
  return lines
    .filter((line) => service === undefined || line.service === service)
    .reduce((sum, { cost }) => sum + cost, 0);
}
