import { join } from 'node:path';
import type { Grant } from '../../infra/grants.ts';
import { functionRoles, reconcileScheduleRole, schedulerRole, stateMachineRoles } from '../../infra/roles.ts';
import { readStack } from '../../infra/stack.ts';
import type { Resources, Text } from '../../infra/template.ts';

const BEGIN = '<!-- roles: written by npm run docs -->';
const END = '<!-- /roles -->';

/** A table for each role that the routes.yml of this repository leads to. */
export async function roleTables(root: string): Promise<string> {
  const stack = await readStack({
    stage: 'prod',
    routesFile: join(root, 'routes.yml'),
    pipelinesFolder: join(root, 'pipelines'),
  });
  const roles: Resources = {
    ...functionRoles(stack, { eventBus: 'default' }),
    ...stateMachineRoles(stack),
    SchedulerRole: schedulerRole(),
    ReconcileScheduleRole: reconcileScheduleRole(),
  };
  const tables = Object.entries(roles).map(([id, { Properties = {} }]) => {
    const { AssumeRolePolicyDocument, Policies } = Properties as unknown as RoleProperties;
    const [trusted] = AssumeRolePolicyDocument.Statement;
    const grants = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    return [`### ${id}`, '', `For ${trusted?.Principal.Service}.`, '', ...tableOf(grants)].join('\n');
  });
  return tables.join('\n\n');
}

interface RoleProperties {
  AssumeRolePolicyDocument: { Statement: { Principal: { Service: string } }[] };
  Policies: { PolicyDocument: { Statement: Grant[] } }[];
}

/** The page with its tables replaced. */
export function withTables(text: string, tables: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end === -1) throw new Error(`docs/iam.md has lost its lines ${BEGIN} and ${END}.`);
  return `${text.slice(0, begin)}${BEGIN}\n${tables}\n${text.slice(end)}`;
}

function tableOf(grants: Grant[]): string[] {
  const rows = grants.map(({ Sid, Action, Resource, Condition }) => {
    const places = Resource === '*' ? ['*'] : Resource.map(placeOf);
    const only =
      Condition === undefined ? '' : `; only where ${JSON.stringify(Condition).replace(/[{}"]/g, '')}`;
    return `| ${Sid} | ${Action.map(code).join(' ')} | ${places.map(code).join(' ')}${only} |`;
  });
  return ['| right | actions | on |', '|---|---|---|', ...rows];
}

const code = (text: string) => `\`${text}\``;

/** A resource as people read it: a logical id, or an ARN without what is the same in all. */
function placeOf(resource: Text): string {
  if (typeof resource === 'string') return resource;
  const [name, argument] = Object.entries(resource)[0] ?? [];
  if (name === 'Ref') return String(argument);
  if (name === 'Fn::GetAtt') return String((argument as string[])[0]);
  const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [
    string,
    Record<string, Text>,
  ];
  return text
    .replace(/\$\{AWS::(Partition|Region|AccountId)\}/g, '…')
    .replace(/\$\{([^}]+)\}/g, (_whole, key: string) =>
      placeOf(variables[key] ?? { Ref: key.replace(/\.Arn$/, '') }),
    )
    .replace('arn:…:', '')
    .replace('…:…:', '');
}
