import type { Template } from './osls.ts';

/** What CloudFormation fills in where nothing better is known: an ARN of a function or a role. */
const UNKNOWN = 'x'.repeat(130);
/** The longest of each: aws-us-gov, ap-southeast-1, amazonaws.com.cn; accounts have 12 digits. */
const PSEUDO: Readonly<Record<string, number>> = {
  'AWS::Partition': 10,
  'AWS::Region': 14,
  'AWS::AccountId': 12,
  'AWS::URLSuffix': 16,
};
/** `arn:<partition>:<service>:<region>:<account>:`, with a service of six letters. */
const ARN_MAX = 4 + 10 + 1 + 6 + 1 + 14 + 1 + 12 + 1;

/** S3's limit for names of buckets. */
const BUCKET_NAME_MAX = 63;
/** The stack's name, and what CloudFormation adds to it and a logical id to make a name nobody has. */
const STACK_NAME_MAX = 'spillway-'.length + 16;
const UNIQUE_PART = 15;

/** How long what a Ref gives can become, by type of resource; `name` is how long the template's name for it is. */
const REFS: Readonly<Record<string, (name: number, id: string) => number>> = {
  'AWS::S3::Bucket': (_name, { length }) => Math.min(BUCKET_NAME_MAX, STACK_NAME_MAX + length + UNIQUE_PART),
  'AWS::StepFunctions::StateMachine': (name) => ARN_MAX + 'stateMachine:'.length + name,
  'AWS::SQS::Queue': (name) => 'https://sqs..amazonaws.com.cn/'.length + 14 + 12 + 1 + name,
  'AWS::Scheduler::ScheduleGroup': (name) => name,
  'AWS::SNS::Topic': (name) => ARN_MAX + name,
};
const NAMES = ['QueueName', 'StateMachineName', 'TopicName', 'Name'];

/**
 * Characters that a value takes as JSON once CloudFormation has filled in names and ARNs: as many as it can become.
 */
export function lengthOf(value: unknown, resources: Template['Resources']): number {
  return (JSON.stringify(filledIn(value, resources)) ?? '').length;
}

function filledIn(value: unknown, resources: Template['Resources']): unknown {
  const inside = (item: unknown) => filledIn(item, resources);
  if (Array.isArray(value)) return value.map(inside);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', null], ...more] = Object.entries(value);
  if (more.length > 0 || !/^(Ref|Fn::.*)$/.test(name)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item)]));
  }
  if (name === 'Ref') return named(String(argument), resources);
  if (name === 'Fn::GetAtt') return arnOf(String((argument as unknown[])[0]), resources);
  if (name !== 'Fn::Sub') return UNKNOWN;
  const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [
    string,
    Record<string, unknown>,
  ];
  return text.replace(/\$\{([^}]+)\}/g, (_whole, id: string) =>
    id in variables ? String(inside(variables[id])) : named(id, resources),
  );
}

function named(id: string, resources: Template['Resources']): string {
  const pseudo = PSEUDO[id];
  if (pseudo !== undefined) return 'x'.repeat(pseudo);
  const found = resources[id];
  const length = REFS[found?.Type ?? ''];
  return length === undefined ? UNKNOWN : 'x'.repeat(length(nameLength(found?.Properties), id));
}

function arnOf(id: string, resources: Template['Resources']): string {
  const found = resources[id];
  if (found?.Type !== 'AWS::SQS::Queue') return UNKNOWN;
  return 'x'.repeat(ARN_MAX + nameLength(found.Properties));
}

/** Where the template gives no name, CloudFormation makes one of at most 80 characters. */
function nameLength(properties: Readonly<Record<string, unknown>> = {}): number {
  const given = NAMES.map((name) => properties[name]).find((name) => typeof name === 'string');
  return given === undefined ? 80 : String(given).length;
}
