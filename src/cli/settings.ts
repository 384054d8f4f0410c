import { join, resolve } from 'node:path';
import type { ColourChoice } from './colour.ts';

/** The options that every command has. */
export interface GlobalOptions {
  json?: boolean;
  url?: string;
  stage?: string;
  root?: string;
  color: ColourChoice;
}

export const URL_DEFAULT = 'http://127.0.0.1:4280';
export const ROOT_DEFAULT = './data';

/** Folder with the buckets: `--root`, else SPILLWAY_ROOT, else ./data. Absolute. */
export function rootOf(options: GlobalOptions, env: NodeJS.ProcessEnv): string {
  return resolve(options.root ?? (env.SPILLWAY_ROOT || ROOT_DEFAULT));
}

/** Where the server of a folder leaves the token that allows changes. */
export function tokenFileOf(root: string): string {
  return join(root, '.spillway', 'token');
}
