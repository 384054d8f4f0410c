import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { bucketChecks } from '../src/doctor/buckets.ts';
import { dynamoLog } from '../src/log/dynamodb.ts';
import { dynamoProjections } from '../src/projections/dynamodb.ts';
import { checkRemovedRoutes } from '../src/stage/removal.ts';
import { type DeployedStack, deployedStack } from './deployed.ts';
import { checkBuckets } from './existing-buckets.ts';
import { checkMachines } from './existing-machines.ts';
import { keepRights } from './kept-rights.ts';
import { checkLimits } from './limits.ts';
import type { Home, Template } from './osls.ts';
import { keepQueue, mayGo, retiredQueues, waitingIn } from './retired-queues.ts';
import { anythingLost, rightsIn } from './rights.ts';
import { type Stack, sourceBuckets } from './stack.ts';
import { losing, MachinesStillUsedError } from './still-used.ts';
import { checkTable, checkTableKept } from './table-check.ts';

/**
 * Refuses what would lose sight of events, and keeps queues that still hold some. Nothing has been changed by then.
 * @throws TableUnusableError, TableForgottenError, BucketUnusableError, StateMachineUnusableError, RoutesStillOpenError,
 *   MachinesStillUsedError, StackLimitError
 */
export async function prepareDeployment(home: Home, stack: Stack): Promise<void> {
  useAccountOf(home);
  const deployed = await deployedStack(stack.stage);
  await checkTables(stack, deployed);
  await checkWhatExists(home, stack);
  if (deployed === null) return;
  await checkRemovedRoutes(
    stack.stage,
    stack.configuration.routes.map(({ name }) => name),
    stack.table,
  );
  const template = home.serverless.service.provider.compiledCloudFormationTemplate;
  await keepWhatIsUsed(home, stack, deployed, template);
  await keepRetiredQueues(home, deployed, template);
  checkLimits(template);
}

async function checkWhatExists({ serverless }: Home, stack: Stack): Promise<void> {
  const buckets = stack.configuration.buckets.flatMap(({ existing }) => existing ?? []);
  const { existingMachines: machines } = stack;
  if (buckets.length + machines.length === 0) return;
  const provider = serverless.getProvider('aws');
  const account = await provider.getAccountId();
  const s3 = new S3Client({ followRegionRedirects: true });
  const sfn = new SFNClient({});
  try {
    await checkBuckets(s3, buckets, { account, region: provider.getRegion() });
    await checkMachines(sfn, machines, account);
  } finally {
    s3.destroy();
    sfn.destroy();
  }
}

async function checkTables({ table }: Stack, deployed: DeployedStack | null): Promise<void> {
  if (table === null) {
    if (deployed !== null) checkTableKept(deployed);
    return;
  }
  const client = new DynamoDBClient({});
  try {
    await checkTable(client, table);
  } finally {
    client.destroy();
  }
}

/** An open window keeps the state machine and the places that it opened with, so they must stay as long as it. */
async function keepWhatIsUsed(
  { log }: Home,
  stack: Stack,
  deployed: DeployedStack,
  next: Template,
): Promise<void> {
  const before = rightsIn(deployed.template, deployed);
  const after = rightsIn(next, deployed);
  const table = stack.table ?? deployed.outputs.TableName;
  if (table === undefined || !anythingLost(before, after)) return;
  const client = new DynamoDBClient({});
  try {
    const target = { client, table };
    const ports = { log: dynamoLog(target), projections: dynamoProjections(target) };
    const uses = await losing(ports, after, Date.now());
    // Somebody else's state machine is there all the same; one of this stack would be deleted.
    const gone = uses.filter(({ machine, loses }) => loses === 'machine' && before.get(machine) !== null);
    if (gone.length > 0) throw new MachinesStillUsedError(gone, stack.stage);
    if (uses.length === 0) return;
    keepRights(next, deployed);
    const routes = [...new Set(uses.map(({ route }) => route))].sort().join(', ');
    log.warning(
      `Open windows or running batches of ${routes} still need state machines, files or outputs that routes.yml ` +
        'names no more. Roles may use them as before; a deployment after their ends takes that away.',
    );
  } finally {
    client.destroy();
  }
}

async function keepRetiredQueues({ log }: Home, deployed: DeployedStack, next: Template): Promise<void> {
  const retired = retiredQueues(deployed, next);
  if (retired.length === 0) return;
  const client = new SQSClient({});
  try {
    for (const id of retired) {
      const name = String(deployed.template.Resources[id]?.Properties?.QueueName);
      if (mayGo(deployed, id, await waitingIn(client, name), Date.now())) continue;
      keepQueue(next, deployed, id);
      log.warning(
        `The queue ${name} has no route any more. It stays until the events in it are counted; a deployment after ` +
          'that, two minutes from now at the earliest, removes it.',
      );
    }
  } finally {
    client.destroy();
  }
}

/** Says which existing buckets do not tell EventBridge of their objects yet, and what to type. */
export async function checkExistingBuckets(home: Home, stack: Stack): Promise<void> {
  const existing = sourceBuckets(stack).flatMap(({ existing: name }) => (name === undefined ? [] : [name]));
  if (existing.length === 0) return;
  useAccountOf(home);
  const client = new S3Client({});
  try {
    const checks = await bucketChecks(existing, client);
    for (const { subject, sentence, mend = '' } of checks.filter(({ result }) => result !== 'ok')) {
      home.log.warning(`Bucket ${subject}: ${sentence} ${mend}`);
    }
  } finally {
    client.destroy();
  }
}

/** osls takes these from its options or defaults, too; the clients here look where every SDK does. */
export function useAccountOf({ serverless, options }: Home): void {
  process.env.AWS_REGION = serverless.getProvider('aws').getRegion();
  const profile = options['aws-profile'];
  if (profile !== undefined) process.env.AWS_PROFILE = profile;
}
