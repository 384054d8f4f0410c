import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageStack } from '../stack/package-stack.ts';
import { ScannersMissingError, scannersPython } from './python.ts';
import { type Scan, scan } from './scanners.ts';
import { readSkips } from './skips.ts';

/**
 * `npm run scan [-- template.json]`: cfn-lint and checkov on the packaged stack, or on another template. Before that
 * the gate shows that it catches something.
 */
const ROOT = join(import.meta.dirname, '../..');

const [given] = process.argv.slice(2);

try {
  const python = await scannersPython();
  const tested = given !== undefined || (await gateTests());
  const scans = given === undefined ? await scanStack(python) : await scanFile(python, resolve(given));
  report(scans);
  process.exitCode = tested && scans.every(({ findings }) => findings.length === 0) ? 0 : 1;
} catch (error) {
  if (!(error instanceof ScannersMissingError)) throw error;
  console.log(`Skipped the scan: ${error.message}`);
}

async function scanFile(python: string, template: string): Promise<Scan[]> {
  return scan(python, template, await readSkips());
}

/** Packaged with routes that have every kind of setting, so that there is every kind of resource. */
async function scanStack(python: string): Promise<Scan[]> {
  const stack = await packageStack('test/stack/routes.yml');
  const folder = await mkdtemp(join(tmpdir(), 'spillway-scan-'));
  try {
    const file = join(folder, 'template.json');
    await writeFile(file, JSON.stringify(stack.template, null, 2));
    return await scanFile(python, file);
  } finally {
    await stack.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

async function gateTests(): Promise<boolean> {
  console.log('== The gate itself');
  const child = spawn('npx', ['vitest', 'run', 'test/scan'], { cwd: ROOT, stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  return code === 0;
}

function report(scans: Scan[]): void {
  for (const { tool, findings } of scans) {
    for (const { check, what, where } of findings) console.log(`${tool} ${check} ${where}: ${what}`);
  }
  const rows = scans.map(({ tool, findings, skipped }) => [tool, String(findings.length), String(skipped)]);
  for (const [tool = '', findings = '', skipped = ''] of [['tool', 'findings', 'skipped'], ...rows]) {
    console.log(`${tool.padEnd(8)}  ${findings.padStart(8)}  ${skipped.padStart(7)}`);
  }
}
