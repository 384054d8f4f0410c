import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cli } from '../../src/cli/cli.ts';
import { candidates } from '../../src/cli/completion/candidates.ts';
import { createProgram } from '../../src/cli/program.ts';
import { MAIN, run, runBash } from './spawned.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-completion-'));
  await writeFile(
    join(folder, 'routes.yml'),
    'routes:\n  sales: {}\n  partners: {}\n  "$(touch owned)": {}\n',
  );
  await writeFile(join(folder, 'other.yml'), 'routes: { elsewhere: {} }\n');
  await writeFile(join(folder, 'broken.yml'), 'routes: [\n');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function program() {
  const { stdin, stdout, stderr } = process;
  const cli: Cli = {
    env: {},
    stdin,
    stdout,
    stderr,
    now: Date.now,
    onStop: () => {},
    onUncaught: () => {},
    abort: () => {},
    setExitCode: () => {},
  };
  return createProgram(cli);
}

async function offered(...words: string[]): Promise<string[]> {
  return (await candidates(program(), words)).map(({ word }) => word);
}

describe('a completion', () => {
  test('offers every command but the hidden one', async () => {
    const words = await offered('');
    expect(words).toEqual(
      expect.arrayContaining(['start', 'put', 'windows', 'flush', 'routes', 'completion']),
    );
    expect(words.filter((word) => word.startsWith('_'))).toEqual([]);
  });

  test('narrows down what was begun', async () => {
    expect(await offered('wi')).toEqual(['windows']);
    expect(await offered('routes', '')).toEqual(['check', 'diff']);
    expect(await offered('help', 'exit')).toEqual(['exit-codes']);
  });

  test('offers the options of the command and those of every command', async () => {
    const words = await offered('flush', 'sales', '--');
    expect(words).toEqual(
      expect.arrayContaining(['--min-events', '--dry-run', '--wait', '--json', '--url', '--help']),
    );
    expect(words).not.toContain('--sort');
  });

  test('offers the choices of an option and of an argument', async () => {
    expect(await offered('windows', '--sort', '')).toEqual(['deadline', 'fill', 'age']);
    expect(await offered('--color', 'n')).toEqual(['never']);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('never throws, whatever the words', async () => {
    for (const words of [[], ['--'], ['\u0000'], ['flush', '--timeout'], ['nonsense', 'x', '']]) {
      await expect(offered(...words)).resolves.toBeInstanceOf(Array);
    }
  });
});

describe('route names', () => {
  test.each([
    { words: ['flush', ''], names: 'sales\npartners\n' },
    { words: ['why', 'pa'], names: 'partners\n' },
    { words: ['listen', '--route', ''], names: 'sales\npartners\n' },
    { words: ['cron', 'next', '--routes', 'other.yml', ''], names: 'elsewhere\n' },
    { words: ['cron', 'next', '--routes', 'broken.yml', ''], names: '' },
  ])('come from routes.yml: $words', async ({ words, names }) => {
    const { code, stdout, stderr } = await run(['__complete', '--', ...words], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.replaceAll(/\t.*/g, '')).toBe(names);
  });
});

describe('the script', () => {
  test('for bash is sourced and completes commands, options and routes', async () => {
    const line = `
      source <(spillway completion bash 2>/dev/null) || exit 9
      ask() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _spillway; echo "\${COMPREPLY[*]}"; }
      ask spillway wi
      ask spillway flush --dr
      ask spillway flush ""
      complete -p spillway`;
    const { code, stdout, stderr } = await runBash(line, { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').slice(0, 3)).toEqual(['windows', '--dry-run', 'sales partners']);
    expect(stdout).toContain('-F _spillway spillway');
  });

  test('alone goes to stdout; how to install it to stderr', async () => {
    const { stdout, stderr } = await run(['completion', 'bash'], { cwd: folder });
    expect(stdout).toMatch(/^# bash completion/);
    expect(stdout).not.toContain('.bashrc');
    expect(stderr).toContain('.bashrc');
  });

  test('has the syntax of bash', async () => {
    expect((await runBash('spillway completion bash 2>/dev/null | bash -n')).code).toBe(0);
  });

  test.skipIf(!installed('zsh'))('for zsh is sourced (needs zsh)', async () => {
    const line = `spillway completion zsh 2>/dev/null > z && zsh -fc 'autoload -U compinit; compinit -u -d zd; source ./z; print $_comps[spillway]'`;
    expect(await runBash(line, { cwd: folder })).toMatchObject({ code: 0, stdout: '_spillway\n' });
  });

  test.skipIf(!installed('fish'))('for fish is sourced and completes commands (needs fish)', async () => {
    const line = `spillway completion fish 2>/dev/null > f && fish -N -c "function spillway; '${process.execPath}' '${MAIN}' \\$argv; end; source ./f; complete -C 'spillway wi'"`;
    const { code, stdout } = await runBash(line, { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^windows\b/);
  });
});

function installed(shell: string): boolean {
  return spawnSync(shell, ['--version']).status === 0;
}
