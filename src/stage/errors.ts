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
  readonly output: string;

  constructor(stage: string, output: string) {
    super(
      `The stack "${stackNameOf(stage)}" has no output "${output}". It was deployed by another version, or its ` +
        `deployment has not ended: npx serverless deploy --stage ${stage}.`,
    );
    this.stage = stage;
    this.output = output;
  }
}

/** The ordinary credential chain of AWS found nothing. */
export class CredentialsMissingError extends Error {
  override readonly name = 'CredentialsMissingError';

  constructor(cause: unknown) {
    super(
      'No AWS credentials were found. Set AWS_PROFILE, or sign in as you do for the AWS CLI ("aws sso login").',
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

/** Nobody said which region. */
export class RegionMissingError extends Error {
  override readonly name = 'RegionMissingError';

  constructor(cause: unknown) {
    super('It was not said in which AWS region the stage is. Set AWS_REGION, or a region in the profile.', {
      cause,
    });
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
  if (CREDENTIALS.has(error.name)) return new CredentialsMissingError(error);
  if (REFUSALS.has(error.name)) return new AccessRefusedError(act, error);
  if (/region is missing/i.test(error.message)) return new RegionMissingError(error);
  return new AwsFailedError(act, error);
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // A connection that fails on every address has no message of its own.
  const text = cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
  return text.replace(/\.$/, '') || cause.name;
}
