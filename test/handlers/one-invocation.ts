import { readFile } from 'node:fs/promises';
import { command } from '../../handlers/command.ts';
import { ingest } from '../../handlers/ingest.ts';
import { openAws } from '../../src/aws.ts';
import { readEnvironment } from '../../src/environment.ts';
import { lambdaHandler } from '../../src/lambda.ts';

/**
 * One invocation in a process of its own that, as in Lambda, nothing but the function's own work keeps alive. The
 * environment names its function and the file of its event; its answer goes to standard output.
 */
const open = async () => openAws(readEnvironment());
const handlers = { ingest: lambdaHandler(ingest, open), command: lambdaHandler(command, open) };

const { INVOCATION_FILE = '', INVOCATION_OF = '', INVOCATION_MS = '60000' } = process.env;
const endsAt = Date.now() + Number(INVOCATION_MS);
const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => endsAt - Date.now() };

const answer = await handlers[INVOCATION_OF as keyof typeof handlers](
  JSON.parse(await readFile(INVOCATION_FILE, 'utf8')),
  context as never,
);
process.stdout.write(`\n${JSON.stringify({ answer })}\n`, () => process.exit(0));
