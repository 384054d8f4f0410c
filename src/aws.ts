import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { eventBridgeAnnouncements } from './announcements/event-bridge.ts';
import { type SqsCommands, sqsCommands } from './commands/sqs.ts';
import type { Clock } from './core/clock.ts';
import type { Environment } from './environment.ts';
import { errorWithoutText } from './error-without-text.ts';
import { type StepFunctionsExecutions, stepFunctionsExecutions } from './executions/step-functions.ts';
import { dynamoFlushes } from './flushes/dynamodb.ts';
import { type InvocationTime, invocationTime } from './invocation-time.ts';
import { dynamoLog } from './log/dynamodb.ts';
import { countingFailedStarts, type Measures, measures } from './metrics.ts';
import { s3Objects } from './objects/s3.ts';
import { dynamoProjections } from './projections/dynamodb.ts';
import type { Sources } from './queries/sources.ts';
import { type AwsRoutes, readAwsRoutes } from './routes/aws-routes.ts';
import { createService } from './service/create-service.ts';
import type { Ports } from './service/ports.ts';
import type { Service } from './service/service.ts';
import { tableClient } from './table/client.ts';
import { schedulerTimers } from './timers/scheduler.ts';
import { functionClock } from './timers/system-clock.ts';

/** Spillway inside one Lambda function. */
export interface AwsHome {
  service: Service;
  ports: Ports;
  /** For questions. */
  sources: Sources;
  routes: AwsRoutes;
  executions: StepFunctionsExecutions;
  commands: SqsCommands;
  measures: Measures;
  logger: Logger;
  /** An error as it may leave the function by its log. */
  loggable(error: Error): Error;
  /** How long the invocation under way may still run. */
  time: InvocationTime;
}

/** How often the stack calls reconcile (ms). */
const RECONCILE_EVERY_MS = 300_000;

/**
 * Executions that one run of reconcile asks after. Step Functions answers 250 to 300 DescribeExecution at once and then
 * 10 to 15 a second (quotas, API action throttling), for everybody in the account.
 */
const DESCRIBES_MAX = 200;

/**
 * An SDK request that hangs would take the whole function with it: it is given up after this long (ms), and repeated by
 * the SDK. All requests here are small.
 */
export const PATIENCE = {
  connectionTimeout: 2_000,
  requestTimeout: 8_000,
  // Without it the SDK only warns.
  throwOnRequestTimeout: true,
};

/**
 * Spillway on AWS: the same service over DynamoDB, SQS, the Scheduler, Step Functions, EventBridge and S3. Region,
 * credentials and endpoints are found as every SDK finds them.
 *
 * @throws RoutesPackedError, NotDeployedError, or the error of reading the file that was packaged with the function
 */
export async function openAws(environment: Environment, clock: Clock = functionClock): Promise<AwsHome> {
  const routes = await readAwsRoutes(environment.routesFile, environment);
  const logger = loggerOf(environment);
  const metrics = new Metrics({ defaultDimensions: { stage: environment.stage } });
  const measured = measures({ metrics, logger, logKeys: environment.logKeys });
  const { ports, executions, commands } = openPorts(environment, clock, measured, logger);
  const time = invocationTime();
  const service = createService(ports, routes.router, clock, {
    manifestBucket: environment.manifestBucket,
    describesMax: DESCRIBES_MAX,
    timeLeftMs: time.forWorkMs,
  });
  const sources: Sources = {
    ports,
    router: routes.router,
    routes: routes.facts,
    clock,
    nearest: routes.nearest,
    reconcileEveryMs: RECONCILE_EVERY_MS,
  };
  return {
    service,
    ports,
    sources,
    routes,
    executions,
    commands,
    measures: measured,
    logger,
    loggable: loggable(environment),
    time,
  };
}

function loggable({ logKeys }: Environment): (error: Error) => Error {
  return logKeys ? (error) => error : errorWithoutText;
}

function loggerOf(environment: Environment): Logger {
  const shown = loggable(environment);
  return new Logger({
    persistentKeys: { stage: environment.stage },
    jsonReplacerFn: (_key, value) => (value instanceof Error ? shown(value) : value),
  });
}

/** The drivers of this home. */
function openPorts(
  environment: Environment,
  clock: Clock,
  measured: Measures,
  logger: Logger,
): { ports: Ports; executions: StepFunctionsExecutions; commands: SqsCommands } {
  const requestHandler = PATIENCE;
  const table = { client: tableClient({ requestHandler }), table: environment.table };
  const commands = sqsCommands({
    client: new SQSClient({ requestHandler }),
    queueUrl: environment.commandsQueueUrl,
  });
  const executions = stepFunctionsExecutions({ client: new SFNClient({ requestHandler }) });
  const timers = schedulerTimers({
    client: new SchedulerClient({ requestHandler }),
    commands,
    clock,
    queueArn: environment.commandsQueueArn,
    deadLetterArn: environment.commandsDeadLetterArn,
    group: environment.scheduleGroup,
    roleArn: environment.schedulerRoleArn,
    onProblem: (error) => logger.warn('The Scheduler did not take a deadline; SQS carries it', error),
  });
  const ports: Ports = {
    log: dynamoLog(table),
    projections: dynamoProjections(table),
    flushes: dynamoFlushes(table),
    timers,
    commands,
    executions: countingFailedStarts(executions, measured),
    announcements: eventBridgeAnnouncements({
      client: new EventBridgeClient({ requestHandler }),
      bus: environment.eventBus,
    }),
    objects: s3Objects({ client: new S3Client({ requestHandler }) }),
    observe: measured.observe,
  };
  return { ports, executions, commands };
}
