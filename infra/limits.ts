import type { Template } from './osls.ts';

/** CloudFormation's limits for a template, and EventBridge's for a bus: those that many routes can reach. */
const RESOURCES_MAX = 500;
const RULES_MAX = 300;

/** The stack would break a limit of AWS. */
export class StackLimitError extends Error {
  override readonly name = 'StackLimitError';
  readonly what: string;
  readonly count: number;
  readonly max: number;

  constructor(what: string, count: number, max: number, advice: string) {
    super(`The stack has ${count} ${what}; AWS allows ${max}. ${advice}`);
    this.what = what;
    this.count = count;
    this.max = max;
  }
}

/** Bytes of a function's environment (Lambda developer guide, quotas). */
const ENVIRONMENT_MAX = 4_096;
/** Characters of a role's policies together, blanks not counted (IAM user guide, quotas). */
const POLICY_MAX = 10_240;

/** @throws StackLimitError */
export function checkLimits({ Resources }: Template): void {
  const resources = Object.values(Resources);
  const rules = resources.filter(({ Type }) => Type === 'AWS::Events::Rule');
  if (rules.length > RULES_MAX) {
    throw new StackLimitError(
      'event rules',
      rules.length,
      RULES_MAX,
      'Give fewer routes queue: dedicated, or split routes.yml into two stages.',
    );
  }
  if (resources.length > RESOURCES_MAX) {
    throw new StackLimitError(
      'resources',
      resources.length,
      RESOURCES_MAX,
      'A dedicated queue takes four, a cron flush one. Split routes.yml into two stages.',
    );
  }
  for (const [id, { Type, Properties = {} }] of Object.entries(Resources)) {
    const isRole = Type === 'AWS::IAM::Role';
    const length = lengthOf(isRole ? Properties.Policies : Properties.Environment);
    if (isRole && length > POLICY_MAX) {
      const advice = 'Split routes.yml into two stages, or let routes share buckets and pipelines.';
      throw new StackLimitError(`characters of policies in ${id}`, length, POLICY_MAX, advice);
    }
    if (Type === 'AWS::Lambda::Function' && length > ENVIRONMENT_MAX) {
      const advice =
        'The names of all buckets and state machines stand there: split routes.yml into two stages.';
      throw new StackLimitError(`bytes of environment in ${id}`, length, ENVIRONMENT_MAX, advice);
    }
  }
}

/** As long as it may become: what CloudFormation fills in is at most an ARN of this length. */
const FILLED_IN = 'x'.repeat(100);

function lengthOf(value: unknown): number {
  return (JSON.stringify(filledIn(value)) ?? '').length;
}

function filledIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filledIn);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', null], ...more] = Object.entries(value);
  if (more.length > 0 || !/^(Ref|Fn::.*)$/.test(name)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filledIn(item)]));
  }
  if (name !== 'Fn::Sub') return FILLED_IN;
  const text: unknown = Array.isArray(argument) ? argument[0] : argument;
  // Account, region and partition are short; the rest are names and ARNs.
  return String(text)
    .replaceAll(/\$\{AWS::[^}]+\}/g, 'x'.repeat(14))
    .replaceAll(/\$\{[^}]+\}/g, FILLED_IN);
}
