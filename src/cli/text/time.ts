/** How instants, durations and sizes are told to people. Programs get ISO 8601, ms and bytes. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `0.4 s`, `12 s`, `12:04`, `1:02:09`, `3 d 4:05:06`; a minus sign in front of a time that has passed. */
export function durationText(ms: number): string {
  const sign = ms < 0 ? '-' : '';
  const whole = Math.abs(ms);
  if (whole < SECOND) return `${sign}${(whole / SECOND).toFixed(1)} s`;
  if (whole < MINUTE) return `${sign}${Math.floor(whole / SECOND)} s`;
  const days = Math.floor(whole / DAY);
  const hours = Math.floor((whole % DAY) / HOUR);
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  const seconds = two(Math.floor((whole % MINUTE) / SECOND));
  if (days > 0) return `${sign}${days} d ${hours}:${two(minutes)}:${seconds}`;
  if (hours > 0) return `${sign}${hours}:${two(minutes)}:${seconds}`;
  return `${sign}${minutes}:${seconds}`;
}

/** Local time: `08:40:00` today, else `2026-11-02 08:40:00`. */
export function instantText(iso: string, now: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const day = dayOf(at);
  return day === dayOf(new Date(now)) ? clock : `${day} ${clock}`;
}

/** `512 B`, `1.5 KiB`, `20 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** `1 event`, `2 events`, `2 batches`. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun}${/(s|x|ch|sh)$/.test(noun) ? 'es' : 's'}`;
}

function dayOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
