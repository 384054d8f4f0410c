import { join, resolve } from 'node:path';
import type { ColourChoice } from './colour.ts';
import { UsageError } from './errors.ts';

/** The options that every command has. */
export interface GlobalOptions {
  json?: boolean;
  url?: string;
  root?: string;
  color: ColourChoice;
}

export const URL_DEFAULT = 'http://127.0.0.1:4280';
export const ROOT_DEFAULT = './data';

/**
 * Address of the API: `--url`, else SPILLWAY_URL, else the port that `start` takes by default.
 * @throws UsageError when it is not an http or https address.
 */
export function urlOf(options: GlobalOptions, env: NodeJS.ProcessEnv): string {
  const stated = options.url ?? (env.SPILLWAY_URL || URL_DEFAULT);
  const url = URL.canParse(stated) ? new URL(stated) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(
      `The server's address "${stated}" is not an http address.`,
      `Give one like ${URL_DEFAULT} to --url or SPILLWAY_URL.`,
    );
  }
  return url.origin;
}

/** Folder with the buckets: `--root`, else SPILLWAY_ROOT, else ./data. Absolute. */
export function rootOf(options: GlobalOptions, env: NodeJS.ProcessEnv): string {
  return resolve(options.root ?? (env.SPILLWAY_ROOT || ROOT_DEFAULT));
}

/** Where the server of a folder leaves the token that allows changes. */
export function tokenFileOf(root: string): string {
  return join(root, '.spillway', 'token');
}
