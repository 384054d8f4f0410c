import { readFile } from 'node:fs/promises';
import validateAsl from 'asl-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionRoles } from '../../infra/roles.ts';
import { readStack } from '../../infra/stack.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import { eventOf, type Home, openHome } from '../pipelines/home.ts';

const TOTALS = { bucket: 'acme-control', key: 'totals/today.json' };
const POLICY = {
  pipeline: { name: 'count-rows', stateMachineArn: 'count-rows' },
  parameters: { totals: TOTALS },
};

let home: Home;
beforeAll(async () => {
  home = await openHome({ folder: 'examples', retryIntervalsMs: { 'Count Rows': 1, Notify: 1 } });
});
afterAll(() => home.close());

const announce = (totals: Record<string, number>) => home.objects.write(TOTALS, JSON.stringify(totals));

async function reportOf({ result }: { result: Record<string, unknown> }): Promise<unknown> {
  const { bucket, key } = result.report as { bucket: string; key: string };
  return JSON.parse(Buffer.from(await home.objects.read({ bucket, key })).toString('utf8'));
}

describe('the example count-rows', () => {
  it('succeeds without a word when every file has as many rows as announced', async () => {
    const events = await home.put({ 'a.csv': 'id\n1\n2\n', 'b.csv': 'id\r\n1\r\n' });
    await announce({ 'a.csv': 2, 'b.csv': 1 });
    const ended = await home.run(events, POLICY);
    expect(ended).toMatchObject({ status: 'succeeded', result: { files: 2, wrong: 0 }, notifications: [] });
    expect(await reportOf(ended)).toEqual([
      { key: 'a.csv', rows: 2, announced: 2 },
      { key: 'b.csv', rows: 1, announced: 1 },
    ]);
  });

  it('counts the batches whose events come by manifest', async () => {
    const [first] = await home.put({ 'a.csv': 'id\n1\n2\n' });
    // The same file so often that its events do not fit into an input.
    const events: ObjectEvent[] = Array.from({ length: 3_000 }, (_, n) => ({
      ...(first as ObjectEvent),
      sequencer: n.toString(16).padStart(8, '0'),
    }));
    await announce({ 'a.csv': 2 });
    const ended = await home.run(events, POLICY);
    expect(ended.trace.find(({ kind }) => kind === 'started')?.input).toContain('"manifest"');
    expect(ended).toMatchObject({ status: 'succeeded', result: { files: 1, wrong: 0 } });
  });

  it('fails and tells once, by name, which files differ', async () => {
    const events = await home.put({ 'a.csv': 'id\n1\n2\n', 'b.csv': 'id\n1\n', 'c.csv': 'id\n' });
    await announce({ 'a.csv': 3, 'c.csv': 0 });
    const ended = await home.run(events, POLICY);
    expect(ended).toMatchObject({ status: 'failed', error: 'TotalsDifferError' });
    expect(ended.notifications.map(({ subject }) => subject)).toEqual(['Spillway: 2 of 3 files differ']);
    expect(ended.notifications[0]?.message).toContain(
      'a.csv: 2 rows, 3 announced\nb.csv: 1 rows, none announced',
    );
  });

  it('fails and tells once when a file is gone', async () => {
    await announce({});
    const ended = await home.run([eventOf('gone.csv')], POLICY);
    expect(ended).toMatchObject({ status: 'failed', error: 'ObjectNotFoundError' });
    expect(ended.notifications.map(({ message }) => message)).toEqual([
      `Batch ${ended.name} of route sales: the step Count Rows failed with ObjectNotFoundError.`,
    ]);
  });

  it('is a valid definition', async () => {
    const definition = JSON.parse(await readFile('examples/count-rows/definition.asl', 'utf8'));
    expect(validateAsl(definition).errors).toEqual([]);
    definition.States.Notify.Next = 'Nowhere';
    expect(validateAsl(definition).isValid).toBe(false);
  });

  it('is deployed from its folder, its step allowed what permissions.json says', async () => {
    const stack = await readStack({
      stage: 'prod',
      routesFile: 'test/examples/routes.yml',
      pipelinesFolder: 'examples',
    });
    expect(stack.pipelines.map(({ name }) => name)).toEqual(['count-rows']);
    const role = JSON.stringify(
      functionRoles(stack, { eventBus: 'default' }).CountDashrowsDashcountDashrowsRole,
    );
    expect(role).toContain('arn:aws:s3:::acme-control/totals/*');
  });
});
