import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A server's token: who can read its file may change things. */
export interface Token {
  text: string;
  file: string;
}

/** The folder for the token cannot be written to. */
export class TokenUnwritableError extends Error {
  override readonly name = 'TokenUnwritableError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The token cannot be written to ${file}: ${reason}. Make the folder writable or choose another.`, {
      cause,
    });
    this.file = file;
  }
}

/** A new token. @param text chosen by a test; random otherwise */
export function newToken(folder: string, text = randomBytes(24).toString('base64url')): Token {
  return { text, file: join(folder, 'token') };
}

/**
 * Writes the token's file, readable for its owner only. Only a server that already listens may do so: one that fails
 * to start would take the token away from the one that runs.
 * @throws TokenUnwritableError
 */
export async function writeToken({ text, file }: Token): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await rm(fresh, { force: true });
    // Written beside and renamed: the old file's mode or a link in its place must not decide who reads the new one.
    await writeFile(fresh, `${text}\n`, { mode: 0o600, flag: 'wx' });
    await rename(fresh, file);
  } catch (error) {
    throw new TokenUnwritableError(file, error);
  }
}
