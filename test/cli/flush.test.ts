import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Served, serve } from './served.ts';
import { run, start, startOnTerminal } from './spawned.ts';

let served: Served;

beforeEach(async () => {
  served = await serve();
});

afterEach(async () => {
  await served.stop();
});

const flush = (...words: string[]) => run(['flush', ...words], { env: served.env });
const recordsOf = async (route: string, partition = '') =>
  (await served.home.ports.log.readForward({ route, partition }, 1, 1_000)).length;

describe('flush', () => {
  test('closes the window of a route and prints the batch', async () => {
    await served.count('chapter10/', 7);
    const { code, stdout } = await flush('sales');
    const [id, route, partition, events, outcome] = stdout.trimEnd().split('\t');
    expect({ code, route, partition, events, outcome }).toEqual({
      code: 0,
      route: 'sales',
      partition: '',
      events: '7',
      outcome: 'closed',
    });
    expect(served.home.executions.running()).toEqual([id]);
  });

  test('with the same id again prints the same batch and closes nothing', async () => {
    await served.count('chapter10/', 2);
    const first = await flush('sales', '--flush-id', 'friday', '--json');
    await served.count('chapter10/', 3);
    const second = await flush('sales', '--flush-id', 'friday', '--json');
    const idsIn = (text: string) =>
      JSON.parse(text).partitions.map(({ batch }: { batch?: { id: string } }) => batch?.id);
    expect(idsIn(first.stdout)).toHaveLength(1);
    expect(idsIn(second.stdout)).toEqual(idsIn(first.stdout));
    expect(second.code).toBe(0);
    expect(served.home.executions.calls.filter(({ already }) => !already)).toHaveLength(1);
  });

  test('of an empty window is not an error', async () => {
    await served.count('chapter10/', 1);
    await flush('sales');
    const { code, stdout, stderr } = await flush('sales');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Nothing to flush: no window is open.\n',
    });
  });

  test('leaves a window with fewer events than the minimum open', async () => {
    await served.count('chapter10/', 3);
    const { code, stdout, stderr } = await flush('sales', '--min-events', '4');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('1 window with fewer than 4 events left open');
    expect(served.home.executions.calls).toEqual([]);
  });

  test('as a dry run shows what would close and writes nothing', async () => {
    await served.count('partners/acme/', 2);
    const before = await recordsOf('partners', 'acme');
    const { code, stdout, stderr } = await flush('--all', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^partners\tacme\t2\t/);
    expect(stderr).toContain('Would close 1 window with 2 events.');
    expect(await recordsOf('partners', 'acme')).toBe(before);
    await flush('--all', '--yes');
    expect(await recordsOf('partners', 'acme')).toBe(before + 1);
  });

  test('of everything without a terminal needs --yes, and changes nothing', async () => {
    await served.count('chapter10/', 2);
    const before = await recordsOf('sales');
    const { code, stderr } = await flush('--all');
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
    expect(await recordsOf('sales')).toBe(before);
  });

  test('needs a route or --all, and not both', async () => {
    expect((await flush()).code).toBe(2);
    expect((await flush('sales', '--all')).code).toBe(2);
  });

  test('of a route that is not there exits with 6 and names the nearest', async () => {
    const { code, stderr } = await flush('slaes');
    expect(code).toBe(6);
    expect(stderr).toContain('Did you mean "sales"?');
  });

  test('without the right token exits with 4, and says where the token lies', async () => {
    const env = { ...served.env, SPILLWAY_ROOT: `${served.home.root}/elsewhere` };
    const { code, stderr } = await run(['flush', 'sales'], { env });
    expect(code).toBe(4);
    expect(stderr).toContain(`${served.home.root}/elsewhere/.spillway/token`);
  });

  test('keeps who asked and why', async () => {
    await served.count('chapter10/', 1);
    await flush('sales', '--flush-id', 'f1', '--who', 'Zoë', '--note', 'end of month');
    expect(await served.home.ports.flushes.find('f1')).toMatchObject({ who: 'Zoë', note: 'end of month' });
  });
});

describe('flush --wait', () => {
  const endAll = async (status: 'succeeded' | 'failed') => {
    for (const name of served.home.executions.running()) await served.home.executions.end(name, { status });
  };

  test.each([
    { status: 'succeeded', exit: 0 },
    { status: 'failed', exit: 5 },
  ] as const)('exits with $exit when the execution has $status', async ({ status, exit }) => {
    await served.count('chapter10/', 2);
    const running = start(['flush', 'sales', '--wait'], { env: served.env });
    await running.printed(/\trunning\n/);
    await endAll(status);
    const { code, stdout } = await running.ended;
    expect(code).toBe(exit);
    // A pipe gets a line for every change of status, not a picture drawn again.
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t').at(-1)),
    ).toEqual(['running', status]);
  });

  test('exits with 5 when one of several has failed', async () => {
    await served.count('partners/a/', 1);
    await served.count('partners/b/', 1);
    const running = start(['flush', 'partners', '--wait'], { env: served.env });
    await running.printed(/running\n.*running\n/s);
    const [one, other] = served.home.executions.running();
    await served.home.executions.end(one ?? '', { status: 'succeeded' });
    await served.home.executions.end(other ?? '', { status: 'failed', error: 'E', cause: 'c' });
    expect((await running.ended).code).toBe(5);
  });

  test('exits with 3 when the timeout has passed, and the document says so', async () => {
    await served.count('chapter10/', 2);
    const { code, stdout } = await flush('sales', '--wait', '--timeout', '100ms', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      waited: { timedOut: true, batches: [{ status: 'running' }] },
    });
  });

  test('with nothing to flush ends at once', async () => {
    await served.count('chapter10/', 1);
    await flush('sales');
    expect((await flush('sales', '--wait')).code).toBe(0);
  });
});

describe.skipIf(!(await hasScript()))('flush on a terminal (needs "script" of util-linux)', () => {
  test.each([
    { answer: 'y\n', code: 0, started: 1 },
    { answer: 'n\n', code: 3, started: 0 },
    { answer: '\u0004', code: 3, started: 0 },
    { answer: '\u0003', code: 130, started: 0 },
  ])(
    'asks before it closes everything, and takes $answer for an answer',
    async ({ answer, code, started }) => {
      await served.count('chapter10/', 2);
      const running = startOnTerminal(['flush', '--all'], { env: served.env });
      await running.printed(/Close 1 window with 2 events now\? \[y\/N\]/);
      running.child.stdin?.write(answer);
      expect((await running.ended).code).toBe(code);
      expect(served.home.executions.calls).toHaveLength(started);
    },
  );

  test('draws the batches again instead of adding lines', async () => {
    await served.count('chapter10/', 2);
    const running = startOnTerminal(['flush', 'sales', '--wait'], { env: { ...served.env, TERM: 'xterm' } });
    await running.printed(/● running/);
    for (const name of served.home.executions.running()) {
      await served.home.executions.end(name, { status: 'succeeded' });
    }
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('\u001b[2A\u001b[J');
    expect(stdout).toContain('✓ succeeded');
  });
});

async function hasScript(): Promise<boolean> {
  const { spawnSync } = await import('node:child_process');
  return spawnSync('script', ['--version']).status === 0;
}
