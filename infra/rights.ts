import type { DeployedStack } from './deployed.ts';
import type { Template } from './osls.ts';

/** What batches may use: their state machine and, where its steps are of this stack, places in buckets. */
export interface Rights {
  /** `bucket/prefix`, below which its steps may read files. */
  read: string[];
  /** `bucket/prefix`, below which they may write. */
  write: string[];
}

/** By ARN; null where somebody else's state machine decides itself what it may do. */
export type RightsOfMachines = ReadonlyMap<string, Rights | null>;

/**
 * What a template lets batches use. Names that CloudFormation gave are those of the deployed stack; what it has not
 * made yet nobody uses yet.
 */
export function rightsIn(template: Template, { outputs }: Pick<DeployedStack, 'outputs'>): RightsOfMachines {
  const machines = new Map<string, Rights | null>();
  for (const { Type, Properties = {} } of Object.values(template.Resources)) {
    if (Type !== 'AWS::Events::Rule') continue;
    for (const machine of machinesIn(Properties.EventPattern)) {
      if (typeof machine === 'string') {
        machines.set(machine, null);
        continue;
      }
      const arn = outputs[`${machine.Ref}Arn`];
      if (arn !== undefined) machines.set(arn, rightsOf(template, machine.Ref, outputs));
    }
  }
  return machines;
}

/** Rights that a deployment would take away. */
export function anythingLost(before: RightsOfMachines, after: RightsOfMachines): boolean {
  return [...before].some(([arn, rights]) => {
    const next = after.get(arn);
    if (next === undefined) return true;
    if (rights === null || next === null) return false;
    return !(covers(next.read, rights.read) && covers(next.write, rights.write));
  });
}

const covers = (wider: string[], places: string[]) => places.every((place) => isBelow(place, wider));

export function isBelow(place: string, places: string[]): boolean {
  return places.some((wider) => place.startsWith(wider));
}

function machinesIn(pattern: unknown): (string | { Ref: string })[] {
  const { detail } = (pattern ?? {}) as {
    detail?: { stateMachineArn?: (string | { Ref: string })[] };
  };
  return detail?.stateMachineArn ?? [];
}

interface Statement {
  Sid?: string;
  Resource?: unknown;
}

function rightsOf({ Resources }: Template, machine: string, outputs: DeployedStack['outputs']): Rights {
  const steps = Object.values(Resources[machine]?.Properties?.DefinitionSubstitutions ?? {});
  const statements = steps.flatMap((step): Statement[] => {
    const role = idOf(Resources[idOf(step)]?.Properties?.Role);
    const policies = Resources[role]?.Properties?.Policies as
      | { PolicyDocument: { Statement: Statement[] } }[]
      | undefined;
    return policies?.flatMap(({ PolicyDocument }) => PolicyDocument.Statement) ?? [];
  });
  const placesOf = (sid: string) =>
    statements
      .filter(({ Sid }) => Sid === sid)
      .flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource]))
      .flatMap((resource) => placeIn(resource, outputs));
  return { read: placesOf('ReadFiles'), write: placesOf('UseOutputs') };
}

function idOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('Fn::GetAtt' in value)) return '';
  const path = value['Fn::GetAtt'];
  return Array.isArray(path) ? String(path[0]) : '';
}

/** `bucket/prefix` of a resource as infra/grants.ts writes it; nothing where the bucket has no name yet. */
function placeIn(resource: unknown, outputs: DeployedStack['outputs']): string[] {
  const [text, { Bucket: bucket = '' } = {}] = ((resource as { 'Fn::Sub'?: unknown })?.['Fn::Sub'] ?? []) as [
    string?,
    { Bucket?: string | { Ref: string } }?,
  ];
  const name = typeof bucket === 'string' ? bucket : outputs[bucket.Ref];
  const path = /\$\{Bucket\}\/(.*)\*$/.exec(text ?? '')?.[1];
  return path === undefined || name === undefined ? [] : [`${name}/${path}`];
}
