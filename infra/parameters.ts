import { z } from 'zod';
import { TABLE_NAME } from './table.ts';

/** The parameters of serverless.yml that shape the stack, read and checked. */
export type Parameters = z.output<typeof schema>;

/** Values of `--param`, or of `params` in serverless.yml, that AWS would refuse in the middle of a deployment. */
export class ParametersInvalidError extends Error {
  override readonly name = 'ParametersInvalidError';
  readonly parameters: readonly string[];

  constructor(problems: readonly { parameter: string; value: unknown; expected: string }[]) {
    const lines = problems.map(
      ({ parameter, value, expected }) =>
        `The parameter ${parameter} is ${JSON.stringify(value)}; expected ${expected}.`,
    );
    super(`${lines.join('\n')}\nThey are told of in docs/deploy.md.`);
    this.parameters = problems.map(({ parameter }) => parameter);
  }
}

/** A whole number, also as the text that `--param` hands over. */
function whole(min: number, max: number, what = '') {
  const expected = `a whole number from ${min} to ${max}${what}`;
  return z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], expected)
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, expected);
}

const flag = z.union(
  [z.boolean(), z.literal('true').transform(() => true), z.literal('false').transform(() => false)],
  'true or false',
);

const matching = (pattern: RegExp, expected: string) => z.string(expected).regex(pattern, expected);

/** CloudWatch Logs keeps events for one of these times (API reference, PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Lambda runs a function for 15 minutes (Lambda developer guide, quotas). */
const TIMEOUT_MAX_S = 900;
/** Lambda waits for messages for 5 minutes (API reference, CreateEventSourceMapping). */
const WINDOW_MAX_S = 300;
/** SQS hides a message for 12 hours, and counts 1,000 receives (API reference, SetQueueAttributes). */
const VISIBILITY_MAX_S = 43_200;
const RECEIVES_MAX = 1_000;
/** Windows that nobody closes are closed by reconcile, so it may not be rare. */
const RECONCILE_MINUTES_MAX = 60;

const schema = z
  .object({
    routes: matching(/./, 'a file'),
    pipelines: matching(/./, 'a folder'),
    email: matching(/^$|^[^@\s]+@[^@\s]+$/, 'an e-mail address, or nothing'),
    eventBus: matching(
      /^[\w./-]{1,256}$/,
      'the name of a bus of this account and region, such as default, not its ARN',
    ),
    table: matching(
      new RegExp(`^$|${TABLE_NAME.source}`),
      'the name of a DynamoDB table of this account and region, or nothing',
    ),
    logKeys: flag,
    logRetentionDays: whole(1, 3653).refine(
      (days) => RETENTION_DAYS.includes(days),
      `one of ${RETENTION_DAYS.join(', ')}`,
    ),
    architecture: z.enum(['arm64', 'x86_64'], 'arm64 or x86_64'),
    timeout: whole(1, TIMEOUT_MAX_S, ' (seconds)'),
    window: whole(1, WINDOW_MAX_S, ' (seconds)'),
    visibility: z.union(
      [z.literal('auto'), whole(1, VISIBILITY_MAX_S)],
      `auto, or a whole number from 1 to ${VISIBILITY_MAX_S} (seconds)`,
    ),
    receives: whole(1, RECEIVES_MAX),
    reconcileEvery: matching(
      /^rate\((1 minute|\d+ minutes)\)$/,
      'rate(1 minute), or minutes up to 60 such as rate(5 minutes)',
    ).refine(
      (text) => minutesOf(text) >= 1 && minutesOf(text) <= RECONCILE_MINUTES_MAX,
      'rate(1 minute), or minutes up to 60 such as rate(5 minutes)',
    ),
    apiRequestsPerSecond: whole(1, 100_000),
    apiBurst: whole(1, 100_000),
    deletionProtection: flag,
    abandon: flag,
    deploymentRole: matching(
      /^$|^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      'the ARN of a role, or nothing',
    ),
    permissionsBoundary: matching(
      /^$|^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/,
      'the ARN of a managed policy, or nothing',
    ),
    tracing: z.enum(['pipelines', 'all', 'none'], 'pipelines, all or none'),
    nativeLibrary: z.enum(['include', 'omit'], 'include or omit'),
  })
  .superRefine(({ timeout, visibility }, context) => {
    // Lambda refuses to read a queue whose messages show themselves again while the function still runs.
    if (visibility === 'auto' || visibility >= timeout) return;
    const message = `at least the timeout of ${timeout} seconds`;
    context.addIssue({ code: 'custom', path: ['visibility'], message, input: visibility });
  });

/** Names of all that serverless.yml must give. */
export const PARAMETERS = Object.keys(schema.shape);

/** @throws ParametersInvalidError naming every parameter that cannot be used */
export function checkParameters(given: Readonly<Record<string, unknown>>): Parameters {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  const problems = new Map(
    error.issues.map(({ path: [name = ''], message }) => {
      const parameter = String(name);
      return [parameter, { parameter, value: given[parameter], expected: message }];
    }),
  );
  throw new ParametersInvalidError([...problems.values()]);
}

/** Minutes between two calls of reconcile. */
export function minutesOf(rate: string): number {
  return Number(/\d+/.exec(rate)?.[0] ?? 0);
}
