import middy from '@middy/core';
import { type AwsHome, openAws } from './aws.ts';
import { readEnvironment } from './environment.ts';

/** What a handler does with one event. */
export type Work<Event, Result> = (event: Event, home: AwsHome, context: LambdaContext) => Promise<Result>;

/** The part of Lambda's context that is used. */
export interface LambdaContext {
  awsRequestId: string;
  /** ms until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
}

/**
 * A Lambda function around `work`: opens the home once per process, at the cold start, and publishes what was measured
 * after every event, failed ones included. What cannot be opened (a missing variable, an invalid routes.yml) fails
 * every event.
 */
export function lambdaHandler<Event, Result>(
  work: Work<Event, Result>,
  open: () => Promise<AwsHome> = async () => openAws(readEnvironment()),
) {
  const opening = open();
  // Reported by every event; a rejection that nobody waits for would end the process without a word.
  opening.catch(() => {});
  const settle = async () => (await opening).measures.publish();

  // Middy would give up a moment before Lambda does, and leave this process with work half done; Lambda ends it.
  return middy<Event, Result, Error>({ timeoutEarlyInMillis: 0 })
    .before(async ({ context }) => {
      const { logger, time } = await opening;
      time.begin(() => context.getRemainingTimeInMillis());
      logger.appendKeys({ requestId: context.awsRequestId });
    })
    .after(settle)
    .onError(async (request) => {
      const { logger, loggable } = await opening;
      const { error } = request;
      logger.error('The event failed', error ?? 'unknown');
      // Lambda logs what a function throws, too.
      if (error) request.error = loggable(error);
      await settle();
    })
    .handler(async (event, context) => work(event, await opening, context));
}
