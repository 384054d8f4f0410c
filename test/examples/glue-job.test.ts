import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import validateAsl from 'asl-validator';
import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { batchInput } from '../../src/core/batch-input.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import { batchOf, eventOf, testPolicy } from '../pipelines/home.ts';

const run = promisify(execFile);
const text = await readFile('examples/glue-job/state-machine.asl', 'utf8');
const definition = JSON.parse(text);

type Json = Parameters<StateMachine['run']>[0];

/** A run of the definition with S3 and Glue played by functions, by state. */
function started(input: string, tasks: Record<string, (parameters: Json) => Promise<Json>>) {
  return new StateMachine(definition).run(JSON.parse(input), {
    overrides: {
      taskResourceLocalHandlers: tasks,
      retryIntervalOverrides: { 'Run Glue Job': 1, 'Write File List': 1 },
    },
  });
}

const inputOf = (events: ObjectEvent[]) =>
  batchInput(
    { key: { route: 'sales', partition: '' }, batch: batchOf('b-1', events), policy: testPolicy() },
    events,
    'manifests',
  );

const few = [eventOf('a.csv'), eventOf('ünï b.csv'), eventOf('a.csv', { sequencer: '0B' })];
const many = Array.from({ length: 2_000 }, (_, n) => eventOf(`${n}.csv`));

const refusal = (name: string) => Object.assign(new Error('as Glue says'), { name });

describe('the example glue-job', () => {
  it('writes the list of files beside the output, and hands it to the job', async () => {
    const calls: Json[] = [];
    const { result } = started(inputOf(few).input, {
      'Write File List': async (parameters) => {
        calls.push(parameters);
        return {};
      },
      'Run Glue Job': async (parameters) => {
        calls.push(parameters);
        return { JobRunState: 'SUCCEEDED' };
      },
    });
    expect(await result).toMatchObject({ job: { JobRunState: 'SUCCEEDED' } });
    expect(calls).toEqual([
      {
        Bucket: 'curated',
        Key: 'sales/_batches/b-1.json',
        Body: JSON.parse(inputOf(few).input).events,
        ContentType: 'application/json',
      },
      {
        JobName: definition.States['Run Glue Job'].Parameters.JobName,
        Arguments: {
          '--list_bucket': 'curated',
          '--list_key': 'sales/_batches/b-1.json',
          '--output_path': 's3://curated/sales/b-1/',
        },
      },
    ]);
  });

  it('hands the manifest of a large batch to the job as it is', async () => {
    const { input, manifest } = inputOf(many);
    const calls: Json[] = [];
    const { result } = started(input, {
      'Write File List': async () => {
        throw new Error('not called');
      },
      'Run Glue Job': async (parameters) => {
        calls.push(parameters);
        return {};
      },
    });
    await result;
    const pointer = { '--list_bucket': 'manifests', '--list_key': manifest?.key };
    expect(calls).toMatchObject([{ Arguments: pointer }]);
  });

  it('waits while too many runs of the job are under way, and drops nothing', async () => {
    let refusals = 5;
    const { result } = started(inputOf(few).input, {
      'Write File List': async () => ({}),
      'Run Glue Job': async () => {
        refusals -= 1;
        if (refusals >= 0) throw refusal('Glue.ConcurrentRunsExceededException');
        return { JobRunState: 'SUCCEEDED' };
      },
    });
    expect(await result).toMatchObject({ job: { JobRunState: 'SUCCEEDED' } });
    expect(refusals).toBe(-1);
  });

  it('fails with what the job says of itself', async () => {
    const { result } = started(inputOf(few).input, {
      'Write File List': async () => ({}),
      'Run Glue Job': async () => {
        throw refusal('States.TaskFailed');
      },
    });
    await expect(result).rejects.toMatchObject({
      cause: { name: 'States.TaskFailed', message: 'as Glue says' },
    });
  });

  it('is a valid definition, and would not be with a state that leads nowhere', () => {
    expect(validateAsl(definition).errors).toEqual([]);
    expect(validateAsl(JSON.parse(text.replace('"Next": "Run Glue Job"', '"Next": "Nowhere"'))).isValid).toBe(
      false,
    );
  });

  it("has a stack in which AWS' own validator finds nothing", async () => {
    expect(await findings('examples/glue-job/stack.yml')).toEqual([]);
    const folder = await mkdtemp(join(tmpdir(), 'spillway-examples-'));
    try {
      const mutant = join(folder, 'stack.yml');
      const stack = await readFile('examples/glue-job/stack.yml', 'utf8');
      await writeFile(mutant, stack.replace('!Ref Job }', '!Ref Nothing }'));
      expect((await findings(mutant)).join('\n')).toContain('Nothing');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** W3002: "only works with the package command", which is how the page says to deploy it. */
async function findings(file: string): Promise<string[]> {
  const engine = new RegoEngine();
  try {
    const { diagnostics } = engine.validateStandard(new TemplateFile(file), {
      severityLevel: 'WARN',
      exclude: { ids: ['W3002'] },
    });
    return diagnostics.map(({ ruleId, message }) => `${ruleId} ${message}`);
  } finally {
    engine.free();
  }
}

const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
);

// Spark and Glue's own library are not here: what the job makes of a list is tried, not the job.
describe.skipIf(!hasPython)('the script of the job, as far as it runs in any Python', () => {
  async function filesIn(listed: string): Promise<unknown> {
    const program =
      'import json, sys; sys.dont_write_bytecode = True; sys.path.insert(0, "examples/glue-job"); import job; ' +
      'print(json.dumps(job.files_in(sys.stdin.read())))';
    const running = run('python3', ['-X', 'utf8', '-c', program]);
    running.child.stdin?.end(listed);
    return JSON.parse((await running).stdout);
  }

  it('takes the files of an inline batch, each once', async () => {
    const listed = JSON.stringify(JSON.parse(inputOf(few).input).events);
    expect(await filesIn(listed)).toEqual(['s3://landing/a.csv', 's3://landing/ünï b.csv']);
  });

  it('takes the files of a manifest', async () => {
    const files = await filesIn(inputOf(many).manifest?.content ?? '');
    expect(files).toEqual(many.map(({ key }) => `s3://landing/${key}`));
  });
});
