import { InvalidArgumentError } from 'commander';

/** What options accept, read for commander: each throws an InvalidArgumentError that says what was expected. */

const PAGE_MAX = 200;
const EVENTS_MAX = 10_000;
const LETTERS_MAX = 100_000;
const COPIES_MAX = 100_000;
const TICKS_MAX = 1_000;
const PORT_MAX = 65_535;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function pageLimit(text: string): number {
  return wholeNumber(text, 1, PAGE_MAX);
}

export function eventCount(text: string): number {
  return wholeNumber(text, 1, EVENTS_MAX);
}

export function letterCount(text: string): number {
  return wholeNumber(text, 1, LETTERS_MAX);
}

export function fileCount(text: string): number {
  return wholeNumber(text, 0, EVENTS_MAX);
}

export function copyCount(text: string): number {
  return wholeNumber(text, 1, COPIES_MAX);
}

export function tickCount(text: string): number {
  return wholeNumber(text, 1, TICKS_MAX);
}

/** 0 lets the system choose a free port. */
export function port(text: string): number {
  return wholeNumber(text, 0, PORT_MAX);
}

/** `500ms`, `30s`, `5m`, `1.5h`, `2d`, in ms. */
export function duration(text: string): number {
  const [, amount, unit = ''] = DURATION.exec(text) ?? [];
  const factor = UNIT_MS[unit];
  if (amount === undefined || factor === undefined) {
    throw new InvalidArgumentError('Expected a duration such as 30s, 5m or 1h.');
  }
  return Math.round(Number(amount) * factor);
}

/** An instant with its offset, as ISO 8601 in UTC. */
export function instant(text: string): string {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('Expected an instant such as 2026-11-02T08:40:00Z or …T09:40:00+01:00.');
  }
  return new Date(at).toISOString();
}

/** One or several of `choices`, separated by commas. */
export function oneOrMore(choices: readonly string[]): (text: string) => string {
  return (text) => {
    const wrong = text.split(',').find((each) => !choices.includes(each));
    if (wrong === undefined) return text;
    throw new InvalidArgumentError(`Expected one or more of ${choices.join(', ')}, separated by commas.`);
  };
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
}
