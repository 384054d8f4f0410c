/** How numbers and instants are put into sentences, the same in the page, the CLI and the API. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration (ms) to the second, rounded up so that nothing still to come reads as 0: `0:05`, `12:04`, `1:00:00`, `3 d 4:05:06`. */
export function duration(ms: number): string {
  const whole = Math.ceil(Math.abs(ms) / SECOND) * SECOND;
  const days = Math.floor(whole / DAY);
  const hours = Math.floor((whole % DAY) / HOUR);
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  const seconds = two((whole % MINUTE) / SECOND);
  const clock = days + hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
  return days > 0 ? `${days} d ${clock}` : clock;
}

/** An instant (ms) to the second: `2026-11-02 08:40:00 UTC`. */
export function instantText(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return 'a time out of range';
  return `${date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')} UTC`;
}

/** `1 event`, `37 events`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** `512 B`, `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${Number(amount.toFixed(1))} ${units[unit]}`;
}

/** What would break a line, move the cursor or turn the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** A name as it stands in a sentence: quoted, with everything escaped that could garble the sentence. */
export function quoted(name: string): string {
  return JSON.stringify(name).replace(UNSEEN, (unseen) => {
    return `\\u${(unseen.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

/** `route "sales"`, `route "partners", partition "acme"`. */
export function placeText(route: string, partition: string | undefined): string {
  const shown = `route ${quoted(route)}`;
  return partition ? `${shown}, partition ${quoted(partition)}` : shown;
}

function two(value: number): string {
  return String(Math.trunc(value)).padStart(2, '0');
}
