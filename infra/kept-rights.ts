import type { DeployedStack } from './deployed.ts';
import type { Template } from './osls.ts';

interface Statement {
  Sid?: string;
  Resource: unknown[] | '*';
}

/** Statements by which batches are started and looked after, and by which their steps read and write. */
const OF_BATCHES = new Set([
  'StartExecutions',
  'ReadExecutions',
  'ReadFiles',
  'UseOutputs',
  'TellMissingFromForbidden',
  'LookUpFiles',
  'ReadReports',
]);

/**
 * Lets roles keep what they might do for batches, besides what they may now: open windows and running batches need it
 * until they end. The next deployment that finds none takes it away.
 */
export function keepRights(next: Template, deployed: Pick<DeployedStack, 'template' | 'outputs'>): void {
  for (const [id, { Type }] of Object.entries(next.Resources)) {
    if (Type !== 'AWS::IAM::Role') continue;
    const before = statementsOf(deployed.template, id);
    for (const statement of statementsOf(next, id)) {
      const earlier = before.find(({ Sid }) => Sid === statement.Sid);
      if (earlier === undefined || !OF_BATCHES.has(statement.Sid ?? '')) continue;
      addMissing(statement, earlier, next, deployed.outputs);
    }
  }
  keepListening(next, deployed);
}

function statementsOf({ Resources }: Template, role: string): Statement[] {
  const policies = Resources[role]?.Properties?.Policies as
    | { PolicyDocument: { Statement: Statement[] } }[]
    | undefined;
  return policies?.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) ?? [];
}

function addMissing(
  statement: Statement,
  earlier: Statement,
  next: Template,
  outputs: DeployedStack['outputs'],
): void {
  if (!Array.isArray(statement.Resource) || !Array.isArray(earlier.Resource)) return;
  const there = new Set(statement.Resource.map((resource) => JSON.stringify(resource)));
  for (const resource of earlier.Resource) {
    const named = withNames(resource, next, outputs);
    if (named === null || there.has(JSON.stringify(named))) continue;
    statement.Resource.push(named);
  }
}

/** A bucket that is the stack's no longer is known by its name; null for what nobody knows the name of. */
function withNames(resource: unknown, next: Template, outputs: DeployedStack['outputs']): unknown {
  if (typeof resource !== 'object' || resource === null) return resource;
  if (Array.isArray(resource)) {
    const items = resource.map((item) => withNames(item, next, outputs));
    return items.includes(null) ? null : items;
  }
  if ('Ref' in resource && typeof resource.Ref === 'string' && !resource.Ref.startsWith('AWS::')) {
    return next.Resources[resource.Ref] ? resource : (outputs[resource.Ref] ?? null);
  }
  const entries = Object.entries(resource).map(([name, value]) => [name, withNames(value, next, outputs)]);
  return entries.some(([, value]) => value === null) ? null : Object.fromEntries(entries);
}

interface StatusRule {
  EventPattern: { detail: { stateMachineArn: unknown[] } };
}

/** State machines of somebody else, whose executions are still to be heard of. */
function keepListening({ Resources }: Template, { template }: Pick<DeployedStack, 'template'>): void {
  const heardIn = (resources: Template['Resources']) =>
    statusRules(resources).flatMap(([, { EventPattern }]) => EventPattern.detail.stateMachineArn);
  const now = new Set(heardIn(Resources));
  const missing = heardIn(template.Resources).filter((arn) => typeof arn === 'string' && !now.has(arn));
  const [first] = statusRules(Resources);
  if (missing.length === 0 || first === undefined) return;
  const [id, properties] = first;
  const rule = structuredClone(properties);
  rule.EventPattern.detail.stateMachineArn = missing;
  const permission = structuredClone(Resources[`${id}Permission`]);
  if (permission?.Properties) permission.Properties.SourceArn = { 'Fn::GetAtt': ['StatusRuleKept', 'Arn'] };
  Resources.StatusRuleKept = { Type: 'AWS::Events::Rule', Properties: { ...rule } };
  if (permission) Resources.StatusRuleKeptPermission = permission;
}

function statusRules(resources: Template['Resources']): [string, StatusRule][] {
  return Object.entries(resources)
    .filter(([id, { Type }]) => Type === 'AWS::Events::Rule' && id.startsWith('StatusRule'))
    .map(([id, { Properties }]) => [id, Properties as unknown as StatusRule]);
}
