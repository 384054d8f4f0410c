import { readFileSync } from 'node:fs';
import { parsePrices } from '../../src/cost/prices.ts';

const TABLE = new URL('../../src/cost/prices.yml', import.meta.url);

/** The prices that `spillway cost` reckons with. */
const { dynamoReads, dynamoWrites } = parsePrices(readFileSync(TABLE, 'utf8'), 'prices.yml', null).prices;

/** Dollars per request unit, on demand. */
export const DOLLARS_PER_WCU = dynamoWrites.price / dynamoWrites.per;
export const DOLLARS_PER_RCU = dynamoReads.price / dynamoReads.per;
