import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ticksOf } from '../../src/cli/ticks.ts';
import { parseCron } from '../../src/core/cron.ts';
import { ROUTES } from '../queries/home.ts';
import { run } from './spawned.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-offline-'));
  await mkdir(join(folder, 'pipelines', 'process-files'), { recursive: true });
  await writeFile(join(folder, 'pipelines', 'process-files', 'definition.asl'), '{}');
  await writeFile(join(folder, 'routes.yml'), ROUTES);
  await writeFile(
    join(folder, 'bad.yml'),
    ROUTES.replace('count: 100', 'count: 0').replace('suffixes', 'sufixes'),
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const inFolder = (...words: string[]) => run(words, { cwd: folder });

describe('routes check', () => {
  test('prints a line for every route, and exits with 0', async () => {
    const { code, stdout, stderr } = await inFolder('routes', 'check');
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0]),
    ).toEqual(['sales', 'partners', 'quiet']);
    expect(stderr).toContain('routes.yml is valid: 3 routes');
  });

  test('prints every problem with file and line, and exits with 1', async () => {
    const { code, stdout } = await inFolder('routes', 'check', 'bad.yml');
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^bad\.yml:\d+:\d+ /);
    expect(stdout).toContain('"suffixes"');
  });

  test('with --json has both the error and the problems', async () => {
    const { stdout } = await inFolder('routes', 'check', 'bad.yml', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      valid: false,
      problems: [{ file: 'bad.yml', line: expect.any(Number) }, { path: 'routes.partners.sufixes' }],
      error: { code: 'routes-invalid' },
    });
  });

  test('knows only pipelines that lie beside the file', async () => {
    const elsewhere = join(folder, 'alone');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'routes.yml'), ROUTES);
    expect((await inFolder('routes', 'check', 'alone/routes.yml')).code).toBe(1);
  });
});

describe('cron next', () => {
  test('shows the times in the zone of the schedule, here, and in UTC', async () => {
    const { code, stdout } = await inFolder(
      'cron',
      'next',
      '0 9 ? * MON-FRI 2199',
      '--timezone',
      'Europe/Paris',
      '--count',
      '2',
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      '2199-01-01 09:00:00 +01:00\t2199-01-01 08:00:00 +00:00\t2199-01-01T08:00:00.000Z\n' +
        '2199-01-02 09:00:00 +01:00\t2199-01-02 08:00:00 +00:00\t2199-01-02T08:00:00.000Z\n',
    );
  });

  test('takes a route for its schedules', async () => {
    const { stdout } = await inFolder('cron', 'next', 'sales', '--json', '--count', '3');
    const { schedules } = JSON.parse(stdout);
    expect(schedules).toMatchObject([{ timezone: 'Europe/Paris', minEvents: 50, ticks: [{}, {}, {}] }]);
  });

  test('shows the six fields that were probably meant by five', async () => {
    const { code, stderr } = await inFolder('cron', 'next', '*/30 8-16 * * 2-6');
    expect(code).toBe(2);
    expect(stderr).toContain('*/30 8-16 ? * 2-6 *');
  });

  test('exits with 2 for a zone that is not there', async () => {
    expect((await inFolder('cron', 'next', '0 9 * * ? *', '--timezone', 'Europe/Pariss')).code).toBe(2);
  });

  test('says where clocks change, and only there', () => {
    const schedules = [
      { cron: '30 2 * * ? *', timezone: 'Europe/Paris', schedule: parseCron('30 2 * * ? *', 'Europe/Paris') },
    ];
    const spring = ticksOf(schedules, Date.parse('2026-03-27T12:00:00Z'), 3).schedules[0];
    expect(spring?.ticks.map(({ local }) => local.slice(0, 10))).toEqual([
      '2026-03-28',
      '2026-03-30',
      '2026-03-31',
    ]);
    expect(spring?.notes).toEqual([expect.stringContaining('forward by 60 minutes')]);
    const autumn = ticksOf(schedules, Date.parse('2026-10-24T12:00:00Z'), 2).schedules[0];
    expect(autumn?.notes).toEqual([expect.stringContaining('back by 60 minutes')]);
    expect(ticksOf(schedules, Date.parse('2026-06-01T12:00:00Z'), 5).schedules[0]?.notes).toEqual([]);
  });
});
