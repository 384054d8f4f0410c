import { PATTERN_MAX } from './event-patterns.ts';
import { lengthOf } from './lengths.ts';
import type { Template } from './osls.ts';

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

/** CloudFormation's limits for a template (user guide, quotas): resources, outputs, bytes when it comes from S3. */
const RESOURCES_MAX = 500;
const OUTPUTS_MAX = 200;
const TEMPLATE_MAX = 1024 * 1024;
/** EventBridge's limits (user guide, quotas). Rules are for a bus; other stacks of the account have theirs on it, too. */
const RULES_MAX = 300;
const TARGETS_MAX = 5;
const WILDCARD_RULES_MAX = 30;
/** Bytes of a function's environment (Lambda developer guide, quotas). */
const ENVIRONMENT_MAX = 4_096;
/** Characters of a role's policies together, blanks not counted (IAM user guide, quotas). */
const POLICY_MAX = 10_240;
/** Metrics of one graph of a dashboard (CloudWatch user guide, quotas). */
const GRAPH_METRICS_MAX = 500;

const SPLIT = 'Split routes.yml into two stages';

/**
 * Counts what many routes, buckets or pipelines can make too much of.
 * @throws StackLimitError, NameTwiceError
 */
export function checkLimits({ Resources, Outputs = {} }: Template): void {
  checkNames(Resources);
  const keep = (what: string, count: number, max: number, advice: string) => {
    if (count > max) throw new StackLimitError(what, count, max, advice);
  };
  const rules = ofType(Resources, 'AWS::Events::Rule');
  keep('event rules', rules.length, RULES_MAX, `Give fewer routes queue: dedicated, or s${SPLIT.slice(1)}.`);
  keep(
    'resources',
    Object.keys(Resources).length,
    RESOURCES_MAX,
    `A dedicated queue takes five, a cron flush one. ${SPLIT}.`,
  );
  keep('outputs', Object.keys(Outputs).length, OUTPUTS_MAX, `Each bucket and pipeline has one. ${SPLIT}.`);
  keep('rules with wildcards', rules.filter(hasWildcard).length, WILDCARD_RULES_MAX, `${SPLIT}.`);
  for (const [id, { EventPattern, Targets }] of rules) {
    const bare = lengthOf(EventPattern, Resources);
    keep(`characters of event pattern in ${id}`, bare, PATTERN_MAX, `${SPLIT}.`);
    keep(`targets of rule ${id}`, Array.isArray(Targets) ? Targets.length : 0, TARGETS_MAX, `${SPLIT}.`);
  }
  for (const [id, { Policies }] of ofType(Resources, 'AWS::IAM::Role')) {
    const advice = `${SPLIT}, or let routes share buckets, pipelines and queues.`;
    keep(`characters of policies in ${id}`, lengthOf(Policies, Resources), POLICY_MAX, advice);
  }
  for (const [id, { Environment }] of ofType(Resources, 'AWS::Lambda::Function')) {
    const advice = `The names of all buckets and state machines stand there: s${SPLIT.slice(1)}.`;
    keep(`bytes of environment in ${id}`, lengthOf(Environment, Resources), ENVIRONMENT_MAX, advice);
  }
  for (const [, { DashboardBody }] of ofType(Resources, 'AWS::CloudWatch::Dashboard')) {
    const advice = `Each pipeline has two. ${SPLIT}.`;
    keep('metrics in a graph', largestGraph(DashboardBody), GRAPH_METRICS_MAX, advice);
  }
  const bytes = Buffer.byteLength(JSON.stringify({ Resources, Outputs }));
  keep('bytes of template', bytes, TEMPLATE_MAX, `${SPLIT}.`);
}

/** Properties by which two resources of a type must differ. */
const NAMED: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::Scheduler::Schedule': 'Name',
};

/** Two resources of the stack would have one name; AWS would refuse the second in the middle of the deployment. */
export class NameTwiceError extends Error {
  override readonly name = 'NameTwiceError';
  readonly twice: string;

  constructor(twice: string, first: string, second: string) {
    super(`${first} and ${second} would both be called "${twice}". Rename the route or the pipeline of one.`);
    this.twice = twice;
  }
}

function checkNames(resources: Template['Resources']): void {
  const seen = new Map<string, string>();
  for (const [id, { Type, Properties = {} }] of Object.entries(resources)) {
    const name = Properties[NAMED[Type] ?? ''];
    if (typeof name !== 'string') continue;
    const first = seen.get(`${Type} ${name}`);
    if (first !== undefined) throw new NameTwiceError(name, first, id);
    seen.set(`${Type} ${name}`, id);
  }
}

type Properties = Readonly<Record<string, unknown>>;

function ofType(resources: Template['Resources'], type: string): [string, Properties][] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties = {} }]) => [id, Properties]);
}

function hasWildcard([, { EventPattern }]: [string, Properties]): boolean {
  return JSON.stringify(EventPattern ?? {}).includes('"wildcard"');
}

function largestGraph(body: unknown): number {
  const text = (body as { 'Fn::Sub'?: unknown } | undefined)?.['Fn::Sub'];
  if (typeof text !== 'string') return 0;
  const { widgets } = JSON.parse(text) as { widgets: { properties: { metrics: unknown[] } }[] };
  return Math.max(0, ...widgets.map(({ properties }) => properties.metrics.length));
}
