import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import type { Skips } from './skips.ts';

/** What a tool holds against a template. */
export interface Finding {
  check: string;
  what: string;
  /** The resource, or the path in the template. */
  where: string;
}

export interface Scan {
  tool: keyof Skips;
  findings: Finding[];
  /** Checks that were left out. */
  skipped: number;
}

/** A tool ended without a verdict. */
export class ScannerFailedError extends Error {
  override readonly name = 'ScannerFailedError';

  constructor(tool: string, output: string) {
    super(`${tool} gave no verdict. The end of what it printed:\n${output.slice(-4_000)}`);
  }
}

/** How Python starts them: their scripts in bin/ name the folder that they were installed into first. */
const CFN_LINT = ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())'];
const CHECKOV = ['-m', 'checkov.main'];

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const SCAN_MS_MAX = 300_000;

/**
 * Runs both tools on a template, without a network.
 * @throws ScannerFailedError
 */
export async function scan(python: string, template: string, skips: Skips): Promise<Scan[]> {
  // One after the other: each takes a processor.
  const linted = await cfnLint(python, template, skips);
  const checked = await checkov(python, template, skips);
  return [
    { tool: 'cfn-lint', findings: linted, skipped: Object.keys(skips['cfn-lint']).length },
    { tool: 'checkov', findings: checked, skipped: Object.keys(skips.checkov).length },
  ];
}

export function cfnLintArguments(template: string, skips: Skips): string[] {
  const ignored = Object.keys(skips['cfn-lint']).flatMap((check) => ['--ignore-checks', check]);
  return ['--format', 'json', '--regions', 'eu-central-1', ...ignored, '--template', template];
}

export function checkovArguments(template: string, skips: Skips): string[] {
  const checks = Object.keys(skips.checkov);
  const skipped = checks.length === 0 ? [] : ['--skip-check', checks.join(',')];
  const how = ['--framework', 'cloudformation', '--skip-download', '--quiet', '--compact'];
  return ['--file', template, ...how, '--output', 'json', ...skipped];
}

async function cfnLint(python: string, template: string, skips: Skips): Promise<Finding[]> {
  const output = await ran(python, CFN_LINT, template, cfnLintArguments(template, skips));
  const matches = verdict<CfnLintMatch[]>('cfn-lint', output);
  if (!Array.isArray(matches)) throw new ScannerFailedError('cfn-lint', output.all);
  return matches.map(({ Rule, Message, Location }) => ({
    check: Rule.Id,
    what: Message,
    where: (Location.Path ?? []).join('/'),
  }));
}

interface CfnLintMatch {
  Rule: { Id: string };
  Message: string;
  Location: { Path?: (string | number)[] | null };
}

async function checkov(python: string, template: string, skips: Skips): Promise<Finding[]> {
  const output = await ran(python, CHECKOV, template, checkovArguments(template, skips));
  const { summary, results } = verdict<CheckovReport>('checkov', output);
  // A file that checkov cannot read has no findings either.
  if (!summary || !results || summary.parsing_errors > 0 || summary.resource_count === 0) {
    throw new ScannerFailedError('checkov', output.all);
  }
  return results.failed_checks.map(({ check_id, check_name, resource }) => ({
    check: check_id,
    what: check_name,
    where: resource,
  }));
}

interface CheckovReport {
  summary?: { parsing_errors: number; resource_count: number };
  results?: { failed_checks: { check_id: string; check_name: string; resource: string }[] };
}

interface Output {
  stdout: string;
  all: string;
}

/** Exit codes tell findings from none, not findings from a crash: what is printed does. */
function ran(python: string, start: string[], template: string, args: string[]): Promise<Output> {
  const folder = dirname(template);
  // Nobody's settings or keys: neither from variables nor from files at home.
  const env = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8' };
  const options = { cwd: folder, env, timeout: SCAN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((resolve) => {
    execFile(python, [...start, ...args], options, (_error, stdout, stderr) =>
      resolve({ stdout, all: `${stdout}\n${stderr}` }),
    );
  });
}

function verdict<Report>(tool: string, { stdout, all }: Output): Report {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    throw new ScannerFailedError(tool, all);
  }
}
