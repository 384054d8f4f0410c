import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Four years of daily weather. */
export const WEATHER_FILE = fileURLToPath(new URL('./data/seattle-weather.csv', import.meta.url));
export const WEATHER_ROWS = 1461;

export interface WeeklyFile {
  name: string;
  content: string;
}

/** The weather as partners would send it: one small CSV a week, 209 of them. */
export async function weeklyFiles(): Promise<WeeklyFile[]> {
  const [header = '', ...rows] = (await readFile(WEATHER_FILE, 'utf8')).trimEnd().split('\n');
  const files: WeeklyFile[] = [];
  for (let day = 0; day < rows.length; day += 7) {
    const week = rows.slice(day, day + 7);
    files.push({
      name: `week-of-${week[0]?.slice(0, 10)}.csv`,
      content: `${[header, ...week].join('\n')}\n`,
    });
  }
  return files;
}
