import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { generated } from '../../infra/generated.ts';
import type { Resources } from '../../infra/template.ts';

const BOUNDARY = 'arn:aws:iam::111122223333:policy/limits';
const ROLE = 'arn:aws:iam::111122223333:role/deploys';

const serverless = parse(await readFile('serverless.yml', 'utf8'), { logLevel: 'silent' });

/** What serverless.yml takes from here, with some parameters given on the command line. */
async function partsWith(given: Record<string, string>) {
  const parameters = { ...serverless.params.default, ...given };
  return generated({
    resolveVariable: async (variable) =>
      variable === 'sls:stage' ? 'test' : parameters[variable.replace('param:', '')],
  });
}

const rolesOf = ({ roles }: Awaited<ReturnType<typeof partsWith>>) =>
  Object.values((roles as { Resources: Resources }).Resources);

test('every role of the stack has the boundary that was asked for, and none where none was', async () => {
  const roles = rolesOf(await partsWith({ permissionsBoundary: BOUNDARY }));
  expect(roles.length).toBeGreaterThan(8);
  for (const { Properties } of roles) expect(Properties).toMatchObject({ PermissionsBoundary: BOUNDARY });
  for (const { Properties } of rolesOf(await partsWith({}))) {
    expect(Properties).not.toHaveProperty('PermissionsBoundary');
  }
});

test('CloudFormation acts by the role that was asked for, else by the rights of who deploys', async () => {
  expect(serverless.provider.iam).toBe('${file(infra/from-routes.js):iam}');
  expect((await partsWith({ deploymentRole: ROLE })).iam).toEqual({ deploymentRole: ROLE });
  expect((await partsWith({})).iam).toEqual({});
});

test('what is no ARN of a role or a policy is refused', async () => {
  const wrong = partsWith({ deploymentRole: 'deploys', permissionsBoundary: ROLE });
  await expect(wrong).rejects.toMatchObject({ parameters: ['deploymentRole', 'permissionsBoundary'] });
});
