import type { Bucket, Route } from '../src/routes/configuration.ts';
import { eventPatterns } from './event-patterns.ts';
import { bucketName, type Stack, sourceBuckets, stateMachineId } from './stack.ts';
import { arnOf, type Resource, type Resources, ref, type Text } from './template.ts';

/** EventBridge tries for a day, the longest it can, and then hands the event to the dead letters. */
export const RETRY_FOR_A_DAY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/** State machine ARNs in one pattern: each takes up to about 150 of its 2,048 characters. */
const MACHINES_PER_RULE = 10;

/** Rules that bring S3's events to the queues. */
export function objectRules(stack: Stack): Resources {
  const { configuration, routeIds } = stack;
  const rules: Resources = {};
  for (const bucket of sourceBuckets(stack)) {
    const routes = configuration.routes.filter((route) => route.bucket === bucket.name);
    const shared = routes.filter(({ queue }) => queue === 'shared');
    add(rules, stack, bucket, shared, 'IngestQueue', `Of${stack.bucketIds.get(bucket.name)}`);
    for (const route of routes.filter(({ queue }) => queue === 'dedicated')) {
      const id = routeIds.get(route.name);
      add(rules, stack, bucket, [route], `IngestQueue${id}`, `DedicatedTo${id}`);
    }
  }
  return rules;
}

function add(
  rules: Resources,
  stack: Stack,
  bucket: Bucket,
  routes: Route[],
  queue: string,
  id: string,
): void {
  if (routes.length === 0) return;
  for (const [index, pattern] of eventPatterns(bucketName(stack, bucket), routes).entries()) {
    rules[`Rule${index + 1}${id}`] = {
      Type: 'AWS::Events::Rule',
      Properties: {
        Description: `Objects of ${bucket.name} for ${queue}`,
        EventPattern: pattern,
        Targets: [target(queue, arnOf(queue), 'IngestDlq')],
      },
    };
  }
}

/** Rules that bring the changes of our executions to the function `status`. */
export function statusRules(stack: Stack): Resources {
  const ours: Text[] = stack.pipelines.map(({ name }) => ref(stateMachineId(stack, name)));
  const machines = [...ours, ...stack.existingMachines];
  const rules: Resources = {};
  for (let from = 0; from < machines.length; from += MACHINES_PER_RULE) {
    const id = `StatusRule${from / MACHINES_PER_RULE + 1}`;
    rules[id] = {
      Type: 'AWS::Events::Rule',
      Properties: {
        Description: 'Executions that ended or began to run again',
        EventPattern: {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: { stateMachineArn: machines.slice(from, from + MACHINES_PER_RULE) },
        },
        Targets: [target('status', arnOf('StatusLambdaFunction'), 'StatusDlq')],
      },
    };
    rules[`${id}Permission`] = permission('StatusLambdaFunction', id);
  }
  return rules;
}

function target(id: string, arn: Text, deadLetters: string) {
  return {
    Id: id,
    Arn: arn,
    DeadLetterConfig: { Arn: arnOf(deadLetters) },
    RetryPolicy: RETRY_FOR_A_DAY,
  };
}

function permission(functionId: string, ruleId: string): Resource {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: arnOf(functionId),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: arnOf(ruleId),
    },
  };
}
