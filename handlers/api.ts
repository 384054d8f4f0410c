import { randomUUID } from 'node:crypto';
import { type APIGatewayProxyResult, handle, type LambdaEvent } from 'hono/aws-lambda';
import packageJson from '../package.json' with { type: 'json' };
import { createApp } from '../src/api/app.ts';
import type { AwsHome } from '../src/aws.ts';
import { lambdaHandler } from '../src/lambda.ts';
import { systemClock } from '../src/timers/system-clock.ts';

/** The API behind an HTTP API whose IAM authorizer has let the caller in; it also says who that is. */
export function apiOf({ sources, service, logger }: Pick<AwsHome, 'sources' | 'service' | 'logger'>) {
  const app = createApp({
    sources,
    service,
    version: packageJson.version,
    startedAt: systemClock.now(),
    newFlushId: randomUUID,
    guards: [],
    caller: ({ env }) => callerIn(env.event),
    onError: (error) =>
      logger.error('A request could not be answered', error instanceof Error ? error : String(error)),
  });
  return handle(app);
}

/** ARN of the IAM principal (HTTP API, payload format 2.0). */
function callerIn(event: LambdaEvent | undefined): string | undefined {
  const context = event?.requestContext;
  if (context === undefined || !('authorizer' in context)) return undefined;
  const { authorizer } = context;
  return authorizer && 'iam' in authorizer ? authorizer.iam?.userArn : undefined;
}

let answer: ReturnType<typeof apiOf> | undefined;

export const handler = lambdaHandler((event: LambdaEvent, home): Promise<APIGatewayProxyResult> => {
  answer ??= apiOf(home);
  return answer(event);
});
