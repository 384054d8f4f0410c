/** The stage has no stack in this account and region. */
export class StageUnknownError extends Error {
  override readonly name = 'StageUnknownError';
  readonly stage: string;
  readonly region: string;

  constructor(stage: string, region: string, cause?: unknown) {
    super(
      `There is no stack "${stackNameOf(stage)}" in ${region}. Check the stage's name, AWS_REGION and AWS_PROFILE, ` +
        `or deploy it: npx serverless deploy --stage ${stage}.`,
      { cause },
    );
    this.stage = stage;
    this.region = region;
  }
}

/** The stack is there, but does not say what this version needs to know. */
export class StageIncompleteError extends Error {
  override readonly name = 'StageIncompleteError';
  readonly stage: string;
  readonly status: string;
  readonly output: string;

  /** @param status CloudFormation's word */
  constructor(stage: string, status: string, output: string) {
    super(
      `The stack "${stackNameOf(stage)}" stands at ${status} and has no output "${output}". ${whatWants(stage, status)}`,
    );
    this.stage = stage;
    this.status = status;
    this.output = output;
  }
}

function whatWants(stage: string, status: string): string {
  if (/^(REVIEW_IN_PROGRESS|.*ROLLBACK_COMPLETE|.*_FAILED)$/.test(status)) {
    return `Its deployment failed or never began: "spillway doctor --stage ${stage}" says what to type.`;
  }
  if (/_IN_PROGRESS$/.test(status)) return 'It is being changed: try again when that has ended.';
  return `It was deployed by another version: npx serverless deploy --stage ${stage}.`;
}

/** The ordinary credential chain of AWS found nothing that can be used. */
export class CredentialsMissingError extends Error {
  override readonly name = 'CredentialsMissingError';

  /** @param profile the one that was asked for by name */
  constructor(cause: unknown, profile: string | undefined) {
    const whose = profile ? ` for the profile "${profile}"` : '';
    const found = /^(CredentialsProviderError|TokenProviderError)$/.test(nameOf(cause))
      ? reasonOf(cause)
      : '';
    // What the chain says when it has tried everything tells nothing.
    const why = found === '' || /any providers|Could not load credentials/.test(found) ? '' : `: ${found}`;
    super(
      `No AWS credentials were found${whose}${why}. Set AWS_PROFILE, or sign in as you do for the AWS CLI ("aws sso login").`,
      { cause },
    );
  }
}

/** AWS knows the caller and refuses, or does not believe the signature. */
export class AccessRefusedError extends Error {
  override readonly name = 'AccessRefusedError';

  constructor(act: string, cause: unknown) {
    super(
      `AWS refused ${act}: ${reasonOf(cause)}. Check AWS_PROFILE, that the credentials have not expired, and the ` +
        'actions that docs/cli.md lists for operators.',
      { cause },
    );
  }
}

/** Nobody said which region, or what was said is none. */
export class RegionMissingError extends Error {
  override readonly name = 'RegionMissingError';

  constructor(cause: unknown) {
    const said = /region="([^"]*)"/.exec(reasonOf(cause))?.[1];
    super(
      said === undefined
        ? 'It was not said in which AWS region the stage is. Set AWS_REGION, or a region in the profile.'
        : `"${said}" is no AWS region. Set AWS_REGION to one such as eu-central-1.`,
      { cause },
    );
  }
}

/** A service of AWS did not answer, or not as it should. Asking again is safe. */
export class AwsFailedError extends Error {
  override readonly name = 'AwsFailedError';

  constructor(act: string, cause: unknown) {
    super(`AWS failed at ${act}: ${reasonOf(cause)}. Try again.`, { cause });
  }
}

/** The stack of a stage. */
export function stackNameOf(stage: string): string {
  return `spillway-${stage}`;
}

/** Whether an error has been put into our words already. */
export function isOfAws(error: unknown): boolean {
  return [CredentialsMissingError, AccessRefusedError, RegionMissingError, AwsFailedError].some(
    (each) => error instanceof each,
  );
}

const CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);

/** Names of errors by which services of AWS refuse a caller. They differ by protocol, for the same thing. */
const REFUSALS = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'AuthorizationError',
  'ExpiredToken',
  'ExpiredTokenException',
  'ForbiddenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

/** Puts an error of an SDK client into our words. @param act what was asked for, as a noun phrase */
export function awsError(act: string, error: unknown): Error {
  if (!(error instanceof Error)) return new AwsFailedError(act, error);
  if (CREDENTIALS.has(error.name)) return new CredentialsMissingError(error, process.env.AWS_PROFILE);
  if (REFUSALS.has(error.name)) return new AccessRefusedError(act, error);
  if (/region is missing|region not accepted/i.test(error.message)) return new RegionMissingError(error);
  return new AwsFailedError(act, error);
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : '';
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A connection that fails on every address has no message of its own.
  const text = cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
  return text.replace(/\.$/, '') || cause.name;
}
