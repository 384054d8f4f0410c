import { readFile } from 'node:fs/promises';
import { TokenUnreadableError } from '../errors.ts';
import type { Authorize } from './client.ts';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Proves to the server on this machine that the caller may read its folder: changes carry the token that it wrote
 * there. The token is read only when a change is asked for, and is never sent to another machine.
 *
 * The function it returns throws a {@link TokenUnreadableError} when the file cannot be read.
 */
export function tokenFrom(file: string): Authorize {
  return async ({ method, url }) => {
    if (method === 'GET' || !LOOPBACK.includes(url.hostname)) return {};
    const token = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new TokenUnreadableError(file, error);
    });
    return { 'x-spillway-token': token.trim() };
  };
}
