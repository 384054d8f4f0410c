/** Dollars per request unit, on demand, us-east-1 (DynamoDB's price page, 2026-08). */
export const DOLLARS_PER_WCU = 0.625 / 1e6;
export const DOLLARS_PER_RCU = 0.125 / 1e6;
