import type { ExecutionReport } from '../../src/executions/executions.ts';
import { memoryExecutions } from '../../src/executions/memory.ts';
import { executionsContract } from '../contracts/executions.ts';
import { embeddedOn, single, systemClock, temporaryFolder } from './home.ts';

executionsContract('embedded', async () => {
  const home = await temporaryFolder();
  await home.pipeline('works', single(), {
    'only.ts': 'export const step = async (input: unknown) => input;',
  });
  await home.pipeline('fails', {
    StartAt: 'Stop',
    States: { Stop: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } },
  });
  const { executions, reports } = await embeddedOn(home);
  return {
    executions,
    reports: () => reports,
    letEnd: async () => {},
    close: async () => {
      await executions.stop(5_000);
      await home.close();
    },
  };
});

executionsContract('memory', async () => {
  const reports: ExecutionReport[] = [];
  const executions = memoryExecutions({
    clock: systemClock,
    report: async (report) => {
      reports.push(report);
    },
  });
  return {
    executions,
    reports: () => reports,
    letEnd: async (name, pipeline) => {
      const { input } = executions.calls.find((call) => call.name === name) ?? { input: '' };
      if (pipeline === 'works') await executions.end(name, { status: 'succeeded', output: input });
      else await executions.end(name, { status: 'failed', error: 'Broken', cause: 'on purpose' });
    },
    close: async () => {},
  };
}, [
  {
    reason: 'it runs no states: a test decides how an execution ends',
    tests: ['a trace shows every state that was entered and left'],
  },
]);
