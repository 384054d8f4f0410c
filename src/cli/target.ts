import { UsageError } from './errors.ts';
import type { GlobalOptions } from './settings.ts';
import { URL_DEFAULT } from './settings.ts';

/** Whom a command talks to: a server that takes its token, or an API behind IAM that takes signatures. */
export type Target =
  | { kind: 'server'; url: string }
  | { kind: 'signed'; url: string }
  /** The API of a deployed stage; its address stands in the stack's outputs. */
  | { kind: 'stage'; stage: string };

const API_GATEWAY = /\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/;

/** Hosts to which a request may go unencrypted. */
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * An option beats the environment, an address beats a stage: `--url`, `--stage`, SPILLWAY_URL, SPILLWAY_STAGE, else
 * the port that `start` takes. An address is signed for where it is API Gateway's, or where a stage is named beside
 * it: so a custom domain wants both. A stage in the environment does not count beside `--url`: a signature, and the
 * session token with it, goes to no host by accident.
 * @throws UsageError
 */
export function targetOf(options: GlobalOptions, env: NodeJS.ProcessEnv): Target {
  const stage = stageOf(options, env);
  if (options.url !== undefined) return addressed(options.url, options.stage);
  if (options.stage !== undefined && stage !== undefined) return { kind: 'stage', stage };
  if (env.SPILLWAY_URL) return addressed(env.SPILLWAY_URL, stage);
  return stage === undefined ? addressed(URL_DEFAULT, undefined) : { kind: 'stage', stage };
}

/** `--stage`, else SPILLWAY_STAGE. @throws UsageError when it cannot be a stage's name */
export function stageOf(options: GlobalOptions, env: NodeJS.ProcessEnv): string | undefined {
  const stage = options.stage ?? (env.SPILLWAY_STAGE || undefined);
  if (stage === undefined || /^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(stage)) return stage;
  throw new UsageError(
    `"${stage}" cannot be the name of a stage.`,
    'Give the one that was deployed: letters, digits and hyphens, such as prod.',
  );
}

/** The stage that a command cannot do without. @throws UsageError */
export function neededStage(options: GlobalOptions, env: NodeJS.ProcessEnv, what: string): string {
  const stage = stageOf(options, env);
  if (stage !== undefined) return stage;
  throw new UsageError(`${what} are on AWS, and it was not said in which stage.`, 'Add --stage <stage>.');
}

/** Refuses a stage where the command works on a folder of this machine. @throws UsageError */
export function refuseStage(options: GlobalOptions, what: string, hint: string): void {
  if (options.stage !== undefined) {
    throw new UsageError(`${what} on this machine, not in stage "${options.stage}".`, hint);
  }
}

function addressed(stated: string, stage: string | undefined): Target {
  const url = URL.canParse(stated) ? new URL(stated) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(
      `The server's address "${stated}" is not an http address.`,
      `Give one like ${URL_DEFAULT} to --url or SPILLWAY_URL.`,
    );
  }
  const signed = stage !== undefined || API_GATEWAY.test(url.hostname);
  if (signed && url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) {
    throw new UsageError(
      `What is signed for ${url.host} would go there unencrypted, the session token with it.`,
      `Write https://${url.host}.`,
    );
  }
  return { kind: signed ? 'signed' : 'server', url: url.origin + url.pathname.replace(/\/+$/, '') };
}
