import type { Told } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** What stands before an API answers in words of its own: load balancers, proxies, API Gateway. */

/** A request may be older than this no more when it arrives, or younger (IAM user guide, "Signature Version 4"). */
const SIGNATURE_MS_MAX = 300_000;

/** Too many requests: nothing was done. */
export const THROTTLED = 429;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** The gateway before the API does not take the caller's signature. */
export class SignatureRefusedError extends Error implements Told {
  override readonly name = 'SignatureRefusedError';
  readonly code = 'signature-refused';
  readonly exitCode = EXIT.credentials;
  readonly hint =
    'The caller needs execute-api:Invoke on it, and credentials of its account that have not expired: ' +
    '"aws sts get-caller-identity" tells whose are used.';
  readonly url: string;

  constructor(url: string, reason: string) {
    super(`${url} refused the caller${reason}.`);
    this.url = url;
  }
}

/** The clock here is too wrong for signatures. */
export class ClockWrongError extends Error implements Told {
  override readonly name = 'ClockWrongError';
  readonly code = 'clock-wrong';
  readonly exitCode = EXIT.credentials;
  readonly hint = 'Set the clock here by NTP ("sudo timedatectl set-ntp true"), then try again.';
  readonly url: string;
  /** How far the clock here is ahead of the other (ms); negative where it is behind. */
  readonly aheadMs: number;

  constructor(url: string, aheadMs: number) {
    const minutes = Math.round(Math.abs(aheadMs) / 60_000);
    super(
      `${url} refused the caller: the clock here is ${minutes} minutes ${aheadMs > 0 ? 'ahead of' : 'behind'} ` +
        `the one there, and signatures are good for ${SIGNATURE_MS_MAX / 60_000}.`,
    );
    this.url = url;
    this.aheadMs = aheadMs;
  }
}

/** The API behind the gateway failed or ran out of time, and did not say why. */
export class ApiFailedError extends Error implements Told {
  override readonly name = 'ApiFailedError';
  readonly code = 'api-failed';
  readonly exitCode = EXIT.failed;
  readonly hint = 'Try again in a moment. On AWS the log of function api says why.';
  readonly url: string;
  readonly status: number;

  constructor(url: string, status: number, reason: string) {
    super(`${url} answered with status ${status}${reason}.`);
    this.url = url;
    this.status = status;
  }
}

/** Too many requests at a time, of this caller or of all. */
export class TooManyRequestsError extends Error implements Told {
  override readonly name = 'TooManyRequestsError';
  readonly code = 'too-many-requests';
  readonly exitCode = EXIT.failed;
  readonly hint = 'Try again in a moment; docs/deploy.md says how the limit is raised.';
  readonly url: string;

  constructor(url: string) {
    super(`${url} takes no more requests for now (status ${THROTTLED}).`);
    this.url = url;
  }
}

/** The address points elsewhere. What was signed for one host is never sent to another. */
export class RedirectRefusedError extends Error implements Told {
  override readonly name = 'RedirectRefusedError';
  readonly code = 'redirect-refused';
  readonly exitCode = EXIT.failed;
  readonly hint = 'Give that address itself, if you trust it.';
  readonly url: string;

  constructor(url: string, location: string | null) {
    super(`${url} points to ${location ?? 'nowhere'}, and no request follows it there.`);
    this.url = url;
  }
}

/**
 * What an answer without a problem document means, or null where only its body can tell.
 * @param text the answer's body
 * @param now the clock here (ms)
 */
export function gatewayRefusal(answer: Response, text: string, now: number): Told | null {
  const { status, url, headers } = answer;
  if (status === THROTTLED) return new TooManyRequestsError(url);
  if (status >= 500) return new ApiFailedError(url, status, reasonIn(text));
  if (status >= 300 && status < 400) return new RedirectRefusedError(url, headers.get('location'));
  if (status !== UNAUTHORIZED && status !== FORBIDDEN) return null;
  const there = Date.parse(headers.get('date') ?? '');
  const aheadMs = now - there;
  if (Math.abs(aheadMs) > SIGNATURE_MS_MAX) return new ClockWrongError(url, aheadMs);
  return new SignatureRefusedError(url, reasonIn(text));
}

const REASON_CHARACTERS_MAX = 300;

/** API Gateway says `{"message": "Forbidden"}`. */
function reasonIn(text: string): string {
  const [, message = ''] = /"message"\s*:\s*"([^"]+)"/i.exec(text.slice(0, REASON_CHARACTERS_MAX)) ?? [];
  return message === '' ? '' : `: ${message.replace(/\.$/, '')}`;
}
