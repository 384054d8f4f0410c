/** A CloudFormation template, as loosely typed as it is. */
export interface Template {
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Value: unknown }>;
}

export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is what it is; the rules look into every corner of it.
  Properties: Record<string, any>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

/** One thing that the stack must always be or never be. */
export interface Rule {
  /** What holds, as a sentence. */
  name: string;
  /** What breaks it, each with the resource's name; empty when it holds. */
  check(template: Template): string[];
  /** Changes that must break it, by what they do. */
  mutants: Record<string, (template: Template) => void>;
}

export function ofType(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** A resource that must be there. */
export function the(template: Template, id: string): Resource {
  const found = template.Resources[id];
  if (found === undefined) throw new Error(`The template has no ${id}.`);
  return found;
}

export function first(template: Template, type: string): Resource {
  const found = ofType(template, type)[0];
  if (found === undefined) throw new Error(`The template has no ${type}.`);
  return found[1];
}

/** The logical id that a Ref or GetAtt names. */
export function idIn(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  if ('Ref' in value) return String(value.Ref);
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return String(value['Fn::GetAtt'][0]);
  return '';
}

/** Ids of the resources for which a condition does not hold. */
export function except(
  resources: [string, Resource][],
  holds: (properties: Resource['Properties'], resource: Resource) => unknown,
): string[] {
  return resources.filter(([, resource]) => !holds(resource.Properties, resource)).map(([id]) => id);
}

export function listOf<Item>(value: Item | Item[] | undefined): Item[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Intrinsic functions worked out with an account and a region of our own: what a deployed stack would say. */
export function resolved(template: Template, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(template, item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name === 'Ref') return refValue(String(argument));
  if (entries.length === 1 && name === 'Fn::GetAtt') return attributeOf(argument as string[]);
  if (entries.length === 1 && name === 'Fn::Sub') return substituted(template, argument);
  if (entries.length === 1 && name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => resolved(template, part)).join(separator);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolved(template, item)]));
}

const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '111122223333',
  'AWS::StackName': 'spillway-test',
  'AWS::URLSuffix': 'amazonaws.com',
};

const refValue = (id: string) => PSEUDO[id] ?? `ref-${id.toLowerCase()}`;

const attributeOf = ([id = '', ...path]: string[]) =>
  path.join('.') === 'Arn'
    ? `arn:aws:any:eu-central-1:111122223333:ref-${id.toLowerCase()}`
    : `${id}.${path}`;

function substituted(template: Template, argument: unknown): string {
  const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [
    string,
    Record<string, unknown>,
  ];
  return text.replace(/\$\{([^}]+)\}/g, (_whole, name: string) => {
    if (name in variables) return String(resolved(template, variables[name]));
    const [id = '', ...path] = name.split('.');
    return path.length > 0 ? attributeOf([id, ...path]) : refValue(id);
  });
}
