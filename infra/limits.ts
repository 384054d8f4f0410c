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
}
