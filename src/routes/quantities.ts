const DURATION_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const SIZE_BYTES: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `30s`, `5m`, `1h`, `2d` in ms; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^([1-9]\d{0,9}|0)([smhd])$/.exec(text);
  return match === null ? null : Number(match[1]) * (DURATION_MS[match[2] ?? ''] ?? Number.NaN);
}

/** `64KiB`, `10MB`, `1GiB` in bytes; null for anything else. */
export function parseSize(text: string): number | null {
  const match = /^([1-9]\d{0,9}|0)\s?([KMGT]i?B|B)$/.exec(text);
  return match === null ? null : Number(match[1]) * (SIZE_BYTES[match[2] ?? ''] ?? Number.NaN);
}

/** What was probably meant by a text that {@link parseDuration} refuses, or null. */
export function nearestDuration(text: string): string | null {
  const units = text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g);
  let seconds = 0;
  let rest = text.toLowerCase().replace(/[\s,]|and/g, '');
  for (const [whole, number, unit = ''] of units) {
    const scale = DURATION_MS[unitLetter(unit) ?? ''];
    if (scale === undefined) return null;
    seconds += (Number(number) * scale) / 1_000;
    rest = rest.replace(whole.replace(/\s/g, ''), '');
  }
  return rest === '' && seconds >= 1 && Number.isInteger(seconds) ? durationText(seconds * 1_000) : null;
}

/** The shortest way to write a whole number of seconds (given in ms). */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm']) {
    const scale = DURATION_MS[unit] ?? 1;
    if (ms >= scale && ms % scale === 0) return `${ms / scale}${unit}`;
  }
  return `${ms / 1_000}s`;
}

function unitLetter(unit: string): string | null {
  if (unit === '' || /^s(ec(ond)?s?)?$/.test(unit)) return 's';
  if (/^m(in(ute)?s?)?$/.test(unit)) return 'm';
  if (/^h((ou)?rs?)?$/.test(unit)) return 'h';
  return /^d(ays?)?$/.test(unit) ? 'd' : null;
}
