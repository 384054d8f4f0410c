import { paginateListSubscriptionsByTopic, type SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { outputOf, type Stage } from '../stage/stage.ts';
import { type Check, ok, warning } from './check.ts';
import { quoted } from './mend.ts';

/** What SNS says in place of an ARN until the link in its mail was followed (SNS API reference, Subscription). */
const PENDING = 'PendingConfirmation';

/** Somebody is told of failed batches and alarms. */
export async function topicChecks(stage: Stage, client: SNSClient): Promise<Check[]> {
  const topic = outputOf(stage, 'TopicArn');
  const subscriptions: Subscription[] = [];
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topic })) {
    subscriptions.push(...(page.Subscriptions ?? []));
  }
  const pending = subscriptions.filter(({ SubscriptionArn: arn }) => arn === PENDING);
  const confirmed = subscriptions.length - pending.length;
  if (subscriptions.length === 0) {
    const sentence = 'Nobody is told of failed batches and alarms.';
    const mend = `npx serverless deploy --stage ${stage.name} --param email=you@example.org, or: ${subscribe(topic, { Protocol: 'email', Endpoint: 'you@example.org' })}`;
    return [warning('topic', topic, sentence, mend)];
  }
  return [
    ...pending.map((subscription) =>
      warning(
        'topic',
        `${subscription.Endpoint}`,
        'It is told nothing until it confirms.',
        `Follow the link in the mail of AWS Notifications; to have it sent again: ${subscribe(topic, subscription)}`,
      ),
    ),
    ...(confirmed > 0 ? [ok('topic', topic, `It tells ${confirmed} of failed batches and alarms.`)] : []),
  ];
}

function subscribe(topic: string, { Protocol: protocol = '', Endpoint: endpoint = '' }: Subscription) {
  return `aws sns subscribe --topic-arn ${topic} --protocol ${protocol} --notification-endpoint ${quoted(endpoint)}`;
}
