import type { Command } from 'commander';
import type { Client } from './client/client.ts';
import { createPrinter, type OutputStream, type Printer } from './printer.ts';
import { type GlobalOptions, rootOf, tokenFileOf } from './settings.ts';
import { targetOf } from './target.ts';

/** What commands need of the process around them. */
export interface Cli {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  now(): number;
  /** Lets a command end in its own way when it is told to stop, instead of exiting with 130 at once. */
  onStop(stop: () => Promise<void>): void;
  /** Takes over what nobody caught; without it such an error ends the process. */
  onUncaught(handle: (error: unknown) => void): void;
  /** Ends the process at once because it cannot go on: the error is told, the exit code says so. */
  abort(error: Error): void;
  /** What the process exits with when the command has ended without an error. */
  setExitCode(code: number): void;
}

/** The options of a command, those that every command has included. */
export function optionsOf<Own extends object>(command: Command): Own & GlobalOptions {
  return command.optsWithGlobals<Own & GlobalOptions>();
}

export function printerOf(cli: Cli, options: GlobalOptions): Printer {
  const { stdout, stderr, env } = cli;
  return createPrinter({ stdout, stderr, env, json: options.json === true, colour: options.color });
}

/**
 * Loads the HTTP client, which only some commands need, and points it at the server or the stage. Of a stage the
 * account and region are told, so that nobody flushes the wrong one unawares.
 */
export async function clientOf(cli: Cli, options: GlobalOptions): Promise<Client> {
  const target = targetOf(options, cli.env);
  const { createClient } = await import('./client/client.ts');
  if (target.kind === 'server') {
    const { tokenFrom } = await import('./client/token.ts');
    return createClient({
      url: target.url,
      authorize: tokenFrom(tokenFileOf(rootOf(options, cli.env))),
    });
  }
  const { openSigned } = await import('./client/signed.ts');
  const { place, ...signed } = await openSigned(target);
  printerOf(cli, options).talk(place);
  return createClient({ ...signed, now: cli.now });
}
