import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR, MINUTE, START } from '../queries/home.ts';
import { type Served, serve } from './served.ts';
import { run, start, startOnTerminal } from './spawned.ts';

let served: Served;

beforeAll(async () => {
  served = await serve();
  const { home } = served;
  for (let round = 1; round <= 3; round += 1) {
    await served.count('partners/acme/', 3);
    home.time.now += MINUTE;
  }
  for (const name of home.executions.running()) {
    await home.executions.end(name, { status: name.includes('-2-') ? 'failed' : 'succeeded' });
  }
  await served.count('chapter10/', 37);
  await served.count('partners/数据/', 2);
});

afterAll(async () => {
  await served.stop();
});

const spillway = (...words: string[]) => run(words, { env: served.env });

describe('windows', () => {
  test('equals what the API answers', async () => {
    const { stdout } = await spillway('windows', '--json');
    const answer = await (await fetch(`${served.api.url}/v1/windows`)).json();
    expect(JSON.parse(stdout)).toEqual(answer);
  });

  test('prints one line for each in a pipe, untruncated, with exact values', async () => {
    const { stdout } = await spillway('windows', '--sort', 'fill');
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 6));
    const deadline = new Date(START + 3 * MINUTE + HOUR).toISOString();
    expect(rows).toEqual([
      ['partners', '数据', '2/3', '0.667', '16', deadline],
      ['sales', '', '37/100', '0.370', '296', deadline],
    ]);
  });

  test('filters by route, partition and text', async () => {
    expect((await spillway('windows', 'sales')).stdout).toMatch(/^sales\t/);
    expect((await spillway('windows', '--partition', '数据')).stdout).toMatch(/^partners\t数据/);
    const none = await spillway('windows', '--search', 'nothing');
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'No window is open.\n' });
  });

  test('goes on from a cursor, and through every page with --all', async () => {
    const first = JSON.parse((await spillway('windows', '--limit', '1', '--json')).stdout);
    const second = JSON.parse(
      (await spillway('windows', '--limit', '1', '--cursor', first.nextCursor, '--json')).stdout,
    );
    const all = JSON.parse((await spillway('windows', '--limit', '1', '--all', '--json')).stdout);
    expect([...first.windows, ...second.windows]).toEqual(all.windows);
    expect(all).toMatchObject({ total: 2, nextCursor: null });
    const { stderr } = await spillway('windows', '--limit', '1');
    expect(stderr).toContain(`1 of 2 open windows. More: --all, or --cursor ${first.nextCursor}`);
  });

  test('with --watch in a pipe appends the windows that changed, and waits for a lost server', async () => {
    const running = start(['windows', 'quiet', '--watch'], { env: served.env });
    try {
      await served.count('quiet/', 1);
      await running.printed(/1\/10/);
      await served.count('quiet/', 1);
      await running.printed(/2\/10/);
      expect(running.stdout().match(/1\/10/g)).toHaveLength(1);
    } finally {
      running.child.kill('SIGINT');
    }
    expect((await running.ended).code).toBe(130);
  });
});

describe('batches', () => {
  test('lists the newest first, and filters', async () => {
    const idsOf = ({ stdout }: { stdout: string }) =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0]);
    const all = idsOf(await spillway('batches', '--all', '--limit', '2'));
    expect(all.map((id) => id?.split('-').at(-2))).toEqual(['3', '2', '1']);
    expect(idsOf(await spillway('batches', '--status', 'failed,aborted'))).toEqual([all[1]]);
    expect(await spillway('batches', '--reason', 'manual')).toMatchObject({ code: 0, stdout: '' });
    expect(idsOf(await spillway('batches', '--until', '2026-01-05T09:00:30+01:00'))).toEqual([all[2]]);
  });

  test('refuses filters that cannot be meant', async () => {
    for (const words of [
      ['--status', 'ok'],
      ['--since', 'yesterday'],
      ['--limit', '0'],
      ['--cursor', 'x'],
    ]) {
      expect((await spillway('batches', ...words)).code).toBe(2);
    }
  });
});

describe('batch', () => {
  test('has every file in order with --json', async () => {
    const [id = ''] = (await spillway('batches')).stdout.split('\t');
    const document = JSON.parse((await spillway('batch', id, '--json')).stdout);
    expect(document.files.map(({ offset }: { offset: number }) => offset)).toEqual([6, 7, 8]);
    expect(document.files[2].closedTheBatch).toBe(true);
    expect(document.steps[0].kind).toBe('started');
    expect(document.batch).toMatchObject({ id, reason: 'count', count: 3, status: 'succeeded' });
  });

  test('says how many files it left out', async () => {
    const [id = ''] = (await spillway('batches')).stdout.split('\t');
    const { stdout, stderr } = await spillway('batch', id, '--files', '1', '--no-steps');
    expect(stdout.match(/s3:\/\//g)).toHaveLength(1);
    expect(stderr).toContain('2 more files');
  });
});

describe('where', () => {
  test('says once what became of a file that was written once', async () => {
    const [id = ''] = (await spillway('batches')).stdout.split('\t');
    const { files } = JSON.parse((await spillway('batch', id, '--json')).stdout);
    const { stdout } = await spillway('where', `s3://landing/${files[0].key}`);
    const [sentence = '', , heading] = stdout.split('\n');
    expect(heading).toMatch(/^written [\d: -]+$/);
    expect(sentence).not.toBe('');
  });

  test('names the nearest route once', async () => {
    const { stdout } = await spillway('where', 's3://landing/nowhere/a.csv');
    expect(stdout.match(/The nearest/g)).toHaveLength(1);
  });
});

describe('why', () => {
  test('gives the sentence of the API', async () => {
    const { stdout } = await spillway('why', 'sales');
    const answer = (await (await fetch(`${served.api.url}/v1/why?route=sales`)).json()) as {
      sentence: string;
    };
    expect(stdout.split('\n')[0]).toBe(answer.sentence);
    expect(stdout).toMatch(/^→ (time|schedule|count)/m);
  });
});

describe.skipIf(spawnSync('script', ['--version']).status !== 0)(
  'on a terminal (needs "script" of util-linux)',
  () => {
    const onTerminal = async (columns: number, env: Record<string, string>, ...words: string[]) => {
      const sized = { ...served.env, TERM: 'xterm', COLUMNS: String(columns), ...env };
      return (await startOnTerminal(words, { env: sized }).ended).stdout.replaceAll('\r', '');
    };

    test.each([40, 80, 200])('windows fit %i columns', async (columns) => {
      const shown = await onTerminal(columns, { NO_COLOR: '1' }, 'windows', 'sales');
      expect(shown).toMatchSnapshot();
      for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    });

    const cases: { env: Record<string, string>; words: string[]; coloured: boolean }[] = [
      { env: {}, words: [], coloured: true },
      { env: { NO_COLOR: '1' }, words: [], coloured: false },
      { env: { TERM: 'dumb' }, words: [], coloured: false },
      { env: {}, words: ['--color', 'never'], coloured: false },
      { env: { FORCE_COLOR: '0' }, words: [], coloured: false },
      { env: { NO_COLOR: '1' }, words: ['--color', 'always'], coloured: true },
    ];
    test.each(cases)('colours with $env $words: $coloured', async ({ env, words, coloured }) => {
      const shown = await onTerminal(80, env, 'batches', ...words);
      expect(shown).toContain('succeeded');
      expect(shown.includes('\u001b')).toBe(coloured);
    });
  },
);
