import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batchStatus, reason } from '../../src/api/schemas.ts';
import type { Cli } from '../../src/cli/cli.ts';
import { EXIT_CODE_MEANINGS } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';
import { REASONS, STATUSES } from '../../src/cli/words.ts';
import { ROUTES } from '../queries/home.ts';
import { type Served, serve } from './served.ts';
import { type Ended, run, runBash, start } from './spawned.ts';

/** What every command keeps to, tried on each of them. */

let served: Served;
let folder: string;
let batchId: string;
const HOSTILE = 'chapter10/a\u001b[2J\u009b31m\u202e.csv';

beforeAll(async () => {
  served = await serve();
  folder = await mkdtemp(join(tmpdir(), 'spillway-cli-'));
  await writeFile(
    join(folder, 'routes.yml'),
    ROUTES.replaceAll(
      'pipeline: process-files',
      `pipeline: { stateMachineArn: "arn:aws:states:eu-central-1:123456789012:stateMachine:p" }`,
    ),
  );
  await writeFile(join(folder, 'week.csv'), 'a,b\n1,2\n');
  await served.home.service.append([await served.home.put(HOSTILE)]);
  const report = await served.home.service.flush({
    id: 'f',
    reason: 'manual',
    who: 'w\u001b[31m',
    scope: { route: 'sales' },
    minEvents: 1,
  });
  batchId = report.partitions[0]?.batch?.id ?? '';
  const cause = 'bad\u001b]0;owned\u0007 row';
  await served.home.executions.end(batchId, { status: 'failed', error: 'InvalidFormatException', cause });
  await served.count('chapter10/', 3);
  await served.count('partners/acme\u001b[1m/', 1);
});

afterAll(async () => {
  await served.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Every command but those that go on, with the exit code it must have here. */
const COMMANDS: { words: string[]; code: number }[] = [
  { words: ['windows'], code: 0 },
  { words: ['windows', 'sales', '--sort', 'fill', '--all'], code: 0 },
  { words: ['windows', '--search', 'nothing'], code: 0 },
  { words: ['batches'], code: 0 },
  { words: ['batches', 'sales', '--reason', 'manual', '--status', 'failed', '--all'], code: 0 },
  { words: ['batch', 'ID'], code: 0 },
  { words: ['batch', 'no-such-batch'], code: 6 },
  { words: ['flush', 'sales', '--dry-run'], code: 0 },
  { words: ['flush', '--all'], code: 2 },
  { words: ['flush', 'quiet'], code: 0 },
  { words: ['drain', 'quiet'], code: 0 },
  { words: ['drain', 'slaes'], code: 6 },
  { words: ['doctor'], code: 1 },
  { words: ['doctor', '--stage', 'a b'], code: 2 },
  { words: ['put', 'week.csv', '--stage', 'prod'], code: 2 },
  { words: ['start', '--stage', 'prod'], code: 2 },
  { words: ['dlq', 'ls'], code: 2 },
  { words: ['dlq', 'show', 'x'], code: 2 },
  { words: ['dlq', 'redrive', '--queue', 'other'], code: 2 },
  { words: ['dlq'], code: 2 },
  { words: ['routes', 'diff'], code: 0 },
  { words: ['routes', 'diff', 'missing.yml'], code: 6 },
  { words: ['why', 'sales'], code: 0 },
  { words: ['why', 'partners', 'acme\u001b[1m'], code: 0 },
  { words: ['why', 'nowhere'], code: 6 },
  { words: ['where', `s3://landing/${HOSTILE}`], code: 0 },
  { words: ['where', 'landing', 'chapter10/not-there.csv'], code: 6 },
  { words: ['where', 'not-a-uri'], code: 2 },
  { words: ['put', 'week.csv', '--to', 's3://landing/chapter10/', '--n', '2'], code: 0 },
  { words: ['put', 'missing.csv', '--to', 's3://landing/chapter10/'], code: 6 },
  { words: ['routes', 'check'], code: 0 },
  { words: ['routes', 'check', 'week.csv'], code: 1 },
  { words: ['cron', 'next', '0/30 8-16 ? * MON-FRI *', '--timezone', 'Europe/Paris'], code: 0 },
  { words: ['cron', 'next', 'sales'], code: 0 },
  { words: ['cron', 'next', '*/30 8-16 * * 2-6'], code: 2 },
  { words: ['cron', 'next', 'no-such-route'], code: 6 },
  { words: ['cost'], code: 0 },
  { words: ['cost', '--files', '0', '--lines', '--routes', 'routes.yml'], code: 0 },
  { words: ['cost', '--files', 'many'], code: 2 },
  { words: ['cost', '--region', 'eu-west-3'], code: 2 },
  { words: ['cost', '--prices', 'missing.yml'], code: 6 },
  { words: ['cost', '--prices', 'week.csv'], code: 1 },
  { words: ['completion', 'bash'], code: 0 },
  { words: ['completion', 'zsh'], code: 0 },
  { words: ['completion', 'fish'], code: 0 },
  { words: ['help', 'exit-codes'], code: 0 },
  { words: ['help', 'flush'], code: 0 },
  { words: ['listen', '--reason', 'nonsense'], code: 2 },
  { words: ['start', '--routes', 'missing.yml'], code: 6 },
  { words: ['windos'], code: 2 },
  { words: ['windows', '--limt', '3'], code: 2 },
  { words: ['routes'], code: 2 },
];

const wordsOf = (words: string[]) => words.map((word) => (word === 'ID' ? batchId : word));
const inFolder = (env: Record<string, string> = {}) => ({ cwd: folder, env: { ...served.env, ...env } });

test('the list above has every command', () => {
  const cli: Cli = {
    env: {},
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    now: Date.now,
    onStop: () => {},
    onUncaught: () => {},
    abort: () => {},
    setExitCode: () => {},
  };
  const names = createProgram(cli).commands.map((command) => command.name());
  const tried = new Set(COMMANDS.map(({ words }) => words[0]));
  expect(names.filter((name) => !tried.has(name))).toEqual(['__complete']);
});

test('the words that options accept are those of the API', () => {
  expect([...REASONS]).toEqual(reason.options);
  expect([...STATUSES]).toEqual(batchStatus.options);
});

describe.concurrent('every command', () => {
  test.each(COMMANDS)('prints one JSON document with --json: $words', async ({ words, code }) => {
    const ended = await run([...wordsOf(words), '--json'], inFolder({ FORCE_COLOR: '1' }));
    const document = JSON.parse(ended.stdout);
    expect(document.schemaVersion).toBe(1);
    expect(ended.code).toBe(code);
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1);
    expectQuiet(ended);
    if (code !== 0 && document.state === undefined) {
      expect(document.error).toEqual({
        code: expect.stringMatching(/^[a-z-]+$/),
        message: expect.stringMatching(/./),
        hint: expect.any(String),
      });
    }
  });

  test.each(COMMANDS)('is plain in a pipe, and has no stack: $words', async ({ words, code }) => {
    const ended = await run(wordsOf(words), inFolder());
    expect(ended.code).toBe(code);
    expectQuiet(ended);
    if (code !== 0) expect(ended.stdout + ended.stderr).toMatch(/\S/);
  });
});

/** No escape sequence, whatever the keys are; no stack; no warning of Node's. */
function expectQuiet({ stdout, stderr }: Ended): void {
  expect((stdout + stderr).replaceAll(/[\t\n]/g, '')).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(stdout + stderr).not.toMatch(/\n\s+at .*:\d+:\d+|ExperimentalWarning|node:internal/);
}

describe.concurrent('colour in a pipe', () => {
  const cases = [
    { words: ['batches'], env: {}, coloured: false },
    { words: ['batches'], env: { FORCE_COLOR: '1' }, coloured: true },
    { words: ['batches'], env: { FORCE_COLOR: '1', NO_COLOR: '1' }, coloured: false },
    { words: ['batches'], env: { FORCE_COLOR: '1', TERM: 'dumb' }, coloured: true },
    { words: ['batches', '--color', 'always'], env: { NO_COLOR: '1' }, coloured: true },
    { words: ['--color', 'never', 'batches'], env: { FORCE_COLOR: '1' }, coloured: false },
    { words: ['batches', '--json'], env: { FORCE_COLOR: '1' }, coloured: false },
    { words: ['help'], env: { FORCE_COLOR: '1' }, coloured: false },
  ];
  test.each(cases)('of $words with $env: $coloured', async ({ words, env, coloured }) => {
    const { stdout } = await run(words, inFolder(env));
    expect(stdout.includes('\u001b')).toBe(coloured);
    expect(stdout).not.toBe('');
  });
});

describe('the process', () => {
  test('ends quietly when the reader of its pipe leaves', async () => {
    const { code, stdout, stderr } = await runBash(
      'set -o pipefail; spillway put week.csv --to s3://landing/chapter10/ --n 3000 --root "$TMP_ROOT" | head -1',
      inFolder({ TMP_ROOT: join(folder, 'pipe') }),
    );
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    { words: ['listen'], until: /Listening/ },
    { words: ['windows', '--watch'], until: /sales/ },
  ])('exits with 130 on Ctrl-C: $words', async ({ words, until }) => {
    const running = start(words, inFolder());
    await running.printed(until);
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, signal: null });
  });

  test('takes --json for what it is also before the command, and not after --', async () => {
    const before = await run(['--json', 'windos'], inFolder());
    expect(JSON.parse(before.stdout).error.hint).toBe('Did you mean windows?');
    const after = await run(['why', '--', '--json'], inFolder());
    expect(after.stdout).not.toMatch(/^\{/);
  });

  test('without a server says in one line how to start one', async () => {
    const { code, stderr, stdout } = await run(['windows', '--url', 'http://127.0.0.1:9'], inFolder());
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'error: No Spillway server answers at http://127.0.0.1:9. Start one with "spillway start", or name another with --url or SPILLWAY_URL.\n',
    );
  });

  test('without a server a change says the same, though there is no token either', async () => {
    const env = { SPILLWAY_URL: 'http://127.0.0.1:9', SPILLWAY_ROOT: folder };
    expect((await run(['flush', 'sales'], inFolder(env))).code).toBe(1);
  });

  test.each(['ftp://127.0.0.1', 'nonsense', ''])('refuses the address %j', async (url) => {
    expect((await run(['windows', '--url', url], inFolder())).code).toBe(2);
  });

  test('shows help and the version, and succeeds', async () => {
    const help = await run(['--help'], inFolder());
    const bare = await run([], inFolder());
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(bare).toEqual(help);
    expect(await run(['--version'], inFolder())).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });

  test('loads no library but the parser before a command needs one', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ resolve: (name, context, next) => { const found = next(name, context); loaded.push(found.url); return found; } });
      const { createProgram } = await import('${new URL('../../src/cli/program.ts', import.meta.url)}');
      createProgram({ env: {}, stdout: process.stdout }).helpInformation();
      console.log(JSON.stringify(loaded));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const libraries = JSON.parse(stdout).flatMap(
      (url: string) => /node_modules\/([^/]+)/.exec(url)?.[1] ?? [],
    );
    expect([...new Set(libraries)]).toEqual(['commander']);
  });

  test('asks nothing where stdin is closed, nor where it is open but no terminal', async () => {
    const closed = await runBash('spillway flush --all <&-', inFolder());
    expect(closed).toMatchObject({ code: 2, stdout: '' });
    const open = start(['flush', '--all'], { ...inFolder(), stdin: 'pipe' });
    expect((await open.ended).code).toBe(2);
    open.child.stdin?.end();
  });

  test('lists every exit code in its help', async () => {
    const { stdout } = await run(['help', 'exit-codes'], inFolder());
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => Number(line.slice(0, 3))),
    ).toEqual(EXIT_CODE_MEANINGS.map(({ code }) => code));
  });
});
