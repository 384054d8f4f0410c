import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageStack } from '../stack/package-stack.ts';
import { type Template, the } from '../stack/template.ts';
import { installedPython } from './python.ts';
import { cfnLintArguments, checkovArguments, scan } from './scanners.ts';
import { NO_SKIPS, parseSkips, readSkips } from './skips.ts';

const PACKAGE_MS_MAX = 180_000;
const SCAN_MS_MAX = 180_000;

test('every check that is skipped has a reason', async () => {
  const skips = await readSkips();
  const reasons = [...Object.values(skips['cfn-lint']), ...Object.values(skips.checkov)];
  expect(reasons.length).toBeGreaterThan(0);
  for (const reason of reasons) expect(reason).toMatch(/^[A-Za-z`].{19,}\.$/s);
});

test.each([
  { what: 'without a reason', text: 'cfn-lint: {}\ncheckov: { CKV_AWS_1: }' },
  { what: 'with an empty reason', text: 'cfn-lint: { W3005: "   " }\ncheckov: {}' },
  {
    what: 'of all checks of a kind',
    text: 'cfn-lint: { W: it warns of too much for our taste }\ncheckov: {}',
  },
  { what: 'of an unknown tool', text: 'cfn-lint: {}\ncheckov: {}\ncfn-nag: {}' },
])('a skip $what is refused', ({ text }) => {
  expect(() => parseSkips(text)).toThrow('test/scan/skips.yml');
});

test('skips become arguments of their tool', () => {
  const skips = { 'cfn-lint': { W1: '', W2: '' }, checkov: { CKV_AWS_1: '', CKV_AWS_2: '' } };
  const ignored = ['--ignore-checks', 'W1', '--ignore-checks', 'W2'];
  expect(cfnLintArguments('t.json', skips)).toEqual(expect.arrayContaining(ignored));
  expect(checkovArguments('t.json', skips).slice(-2)).toEqual(['--skip-check', 'CKV_AWS_1,CKV_AWS_2']);
  expect(checkovArguments('t.json', NO_SKIPS)).not.toContain('--skip-check');
});

/** Only where `npm run scan` has installed the scanners. */
const python = await installedPython();

describe.skipIf(python === undefined)('on the packaged stack', () => {
  let folder: string;
  let template: Template;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spillway-gate-'));
    const stack = await packageStack('test/stack/routes.yml');
    await stack.remove();
    template = stack.template;
  }, PACKAGE_MS_MAX);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const written = async (name: string, what: Template) => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(what, null, 2));
    return file;
  };

  test(
    'every skip hides something: none outlives its finding',
    async () => {
      const scans = await scan(python ?? '', await written('stack.json', template), NO_SKIPS);
      const skips = await readSkips();
      for (const { tool, findings } of scans) {
        const found = new Set(findings.map(({ check }) => check));
        expect(Object.keys(skips[tool]).filter((check) => !found.has(check))).toEqual([]);
      }
    },
    SCAN_MS_MAX,
  );

  test(
    'the gate fails on seeded defects, and on nothing else',
    async () => {
      const mutant = structuredClone(template);
      the(mutant, 'Table').Properties.Colour = 'blue';
      const [policy] = the(mutant, 'CommandRole').Properties.Policies;
      policy.PolicyDocument.Statement[0].Action.push('sqs:RecieveMessage');
      delete the(mutant, 'Topic').Properties.KmsMasterKeyId;
      delete the(mutant, 'Table').Properties.PointInTimeRecoverySpecification;
      const { code, stdout } = await gate(await written('mutant.json', mutant));
      expect(code).toBe(1);
      const caught = [...stdout.matchAll(/^(?:cfn-lint|checkov) ([EWI]\d+|CKV\w+) /gm)].map(
        ([, check]) => check,
      );
      expect(caught.sort()).toEqual(['CKV_AWS_26', 'CKV_AWS_28', 'E3002', 'W3037']);
    },
    SCAN_MS_MAX,
  );

  test(
    'the gate fails on a template that no tool can read',
    async () => {
      const file = join(folder, 'broken.json');
      await writeFile(file, '{ "Resources": {');
      const { code, stderr } = await gate(file);
      expect(code).toBe(1);
      expect(stderr).toContain('checkov gave no verdict');
    },
    SCAN_MS_MAX,
  );
});

/** `npm run scan` on a template, as a process of its own. */
function gate(template: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const script = join(import.meta.dirname, 'run.ts');
    const child = execFile(process.execPath, [script, template], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
