import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCron } from '../../../src/core/cron.ts';
import { parseRoutes } from '../../../src/routes/parse.ts';
import { matchesPattern } from '../event-pattern.ts';
import { except, first, idIn, listOf, ofType, type Rule, resolved, type Template, the } from '../template.ts';

const rules = (template: Template) => ofType(template, 'AWS::Events::Rule');
const schedules = (template: Template) => ofType(template, 'AWS::Scheduler::Schedule');

interface Target {
  Arn: unknown;
  DeadLetterConfig?: { Arn: unknown };
  RetryPolicy?: { MaximumEventAgeInSeconds: number; MaximumRetryAttempts: number };
}

const configured = parseRoutes(
  readFileSync(join(import.meta.dirname, '../routes.yml'), 'utf8'),
  'routes.yml',
  {
    pipelines: ['process-files', 'count-files'],
  },
);

/** Keys, and the queues they belong to. */
const DELIVERIES: [bucket: string, key: string, queues: string[]][] = [
  ['ref-bucketlanding', 'chapter10/week 1+2.csv', ['IngestQueue']],
  ['ref-bucketlanding', 'partners/acme/a.csv', ['IngestQueue']],
  ['ref-bucketlanding', 'urgent/a.csv', ['IngestQueueUrgent']],
  ['ref-bucketlanding', 'somewhere/else.csv', []],
  ['ref-bucketcurated', 'sales/unit-001.parquet', []],
  ['a-bucket-of-long-ago', 'deep/down/a.json', ['IngestQueue']],
  ['a-bucket-of-long-ago', 'glue/a.avro', ['IngestQueue']],
  ['a-bucket-of-long-ago', 'deep/down/a.csv', []],
];

function objectCreated(bucket: string, key: string) {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: '2026-11-12T00:00:00Z',
    region: 'eu-central-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: 5, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: '617f08299329d189' },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '111122223333',
      reason: 'PutObject',
    },
  };
}

/** Queues that an event reaches. */
function reached(template: Template, event: Record<string, unknown>): string[] {
  return rules(template)
    .filter(([, { Properties }]) => matchesPattern(resolved(template, Properties.EventPattern), event))
    .flatMap(([, { Properties }]) => Properties.Targets.map(({ Arn }: Target) => idIn(Arn)));
}

export const eventRules: Rule[] = [
  {
    name: 'what S3 tells reaches the queue of its route, and nothing else does',
    check: (template) =>
      DELIVERIES.filter(([bucket, key, queues]) => {
        const found = reached(template, objectCreated(bucket, key));
        return found.sort().join() !== queues.join();
      }).map(([bucket, key]) => `s3://${bucket}/${key}`),
    mutants: {
      'a prefix less': (template) => {
        the(template, 'Rule1OfLanding').Properties.EventPattern.detail.object.key.pop();
      },
      'another word for what happened': (template) => {
        the(template, 'Rule1OfArchive').Properties.EventPattern['detail-type'] = ['Object created'];
      },
      'every bucket': (template) => {
        delete the(template, 'Rule1DedicatedToUrgent').Properties.EventPattern.detail.bucket;
        delete the(template, 'Rule1DedicatedToUrgent').Properties.EventPattern.detail.object;
      },
      'no rule': (template) => {
        delete template.Resources.Rule1DedicatedToUrgent;
      },
    },
  },
  {
    name: 'deletions and other news of a bucket reach nothing',
    check: (template) =>
      reached(template, {
        ...objectCreated('ref-bucketlanding', 'chapter10/a.csv'),
        'detail-type': 'Object Deleted',
      }),
    mutants: {
      'every kind of event': (template) => {
        delete the(template, 'Rule1OfLanding').Properties.EventPattern['detail-type'];
      },
    },
  },
  {
    name: 'ends of executions reach status, of every state machine that a route uses',
    check: (template) => {
      const machines = [
        ...ofType(template, 'AWS::StepFunctions::StateMachine').map(([id]) => `ref-${id.toLowerCase()}`),
        'arn:aws:states:eu-central-1:111122223333:stateMachine:load-with-glue',
      ];
      return machines.filter((stateMachineArn) => {
        const event = {
          source: 'aws.states',
          'detail-type': 'Step Functions Execution Status Change',
          detail: { stateMachineArn, status: 'SUCCEEDED' },
        };
        return reached(template, event).join() !== 'StatusLambdaFunction';
      });
    },
    mutants: {
      'a machine less': (template) => {
        the(template, 'StatusRule1').Properties.EventPattern.detail.stateMachineArn.shift();
      },
    },
  },
  {
    name: 'patterns are no longer than EventBridge allows, and rules have five targets at most',
    check: (template) =>
      except(rules(template), ({ EventPattern, Targets }) => {
        const length = JSON.stringify(resolved(template, EventPattern)).length;
        return length <= 2_048 - 63 && Targets.length >= 1 && Targets.length <= 5;
      }),
    mutants: {
      'many prefixes': (template) => {
        const { key } = the(template, 'Rule1OfLanding').Properties.EventPattern.detail.object;
        for (let index = 0; index < 100; index++) key.push({ prefix: `a-long-prefix-${index}/` });
      },
    },
  },
  {
    name: 'what a rule cannot deliver in a day becomes a dead letter',
    check: (template) =>
      except(rules(template), ({ Targets }) =>
        listOf<Target>(Targets).every(
          ({ DeadLetterConfig, RetryPolicy }) =>
            idIn(DeadLetterConfig?.Arn).endsWith('Dlq') && RetryPolicy?.MaximumEventAgeInSeconds === 86_400,
        ),
      ),
    mutants: {
      'dropped after a day': (template) => {
        delete first(template, 'AWS::Events::Rule').Properties.Targets[0].DeadLetterConfig;
      },
      'dropped after an hour': (template) => {
        first(template, 'AWS::Events::Rule').Properties.Targets[0].RetryPolicy.MaximumEventAgeInSeconds =
          3_600;
      },
    },
  },
  {
    name: 'what a schedule cannot deliver becomes a dead letter',
    check: (template) =>
      except(
        schedules(template),
        ({ Target }) => idIn(Target.DeadLetterConfig?.Arn).endsWith('Dlq') && Target.RetryPolicy,
      ),
    mutants: {
      dropped: (template) => {
        delete the(template, 'FlushSchedule0OfSales').Properties.Target.DeadLetterConfig;
      },
      'tried as the Scheduler likes': (template) => {
        delete the(template, 'FlushSchedule1OfSales').Properties.Target.RetryPolicy;
      },
    },
  },
  {
    name: 'cron flushes are those of routes.yml, in their time zones, and AWS can read them',
    check: (template) =>
      configured.routes.flatMap(({ name, schedules: wanted }) =>
        wanted.flatMap(({ cron, timezone, minEvents }, index) => {
          const found = schedules(template).find(
            ([, { Properties }]) => Properties.Name === `cron-${name}-${index}`,
          )?.[1].Properties;
          const expression = /^cron\((.+)\)$/.exec(found?.ScheduleExpression)?.[1] ?? '';
          try {
            parseCron(expression, found?.ScheduleExpressionTimezone);
          } catch {
            return [`${name} ${index}`];
          }
          const command = JSON.parse(found?.Target.Input);
          const same =
            expression === cron &&
            found?.ScheduleExpressionTimezone === timezone &&
            command.minEvents === minEvents;
          const id = `${name}/${index}/<aws.scheduler.scheduled-time>`;
          return same && command.kind === 'flush' && command.flushId === id ? [] : [`${name} ${index}`];
        }),
      ),
    mutants: {
      'five fields': (template) => {
        the(template, 'FlushSchedule0OfSales').Properties.ScheduleExpression = 'cron(0/30 8-16 * * MON-FRI)';
      },
      'two stars': (template) => {
        the(template, 'FlushSchedule0OfSales').Properties.ScheduleExpression = 'cron(0 8 * * * *)';
      },
      'a time zone on Mars': (template) => {
        the(template, 'FlushSchedule0OfSales').Properties.ScheduleExpressionTimezone = 'Mars/Olympus';
      },
      'no time zone': (template) => {
        delete the(template, 'FlushSchedule0OfSales').Properties.ScheduleExpressionTimezone;
      },
      'an id that every tick shares': (template) => {
        const { Target } = the(template, 'FlushSchedule1OfSales').Properties;
        Target.Input = Target.Input.replace('<aws.scheduler.scheduled-time>', 'now');
      },
    },
  },
  {
    name: 'reconcile is called every five minutes at most',
    check: (template) =>
      except(
        [['ReconcileSchedule', the(template, 'ReconcileSchedule')]],
        ({ ScheduleExpression, Target }) =>
          ScheduleExpression === 'rate(5 minutes)' && idIn(Target.Arn) === 'ReconcileLambdaFunction',
      ),
    mutants: {
      'once a day': (template) => {
        the(template, 'ReconcileSchedule').Properties.ScheduleExpression = 'rate(1 day)';
      },
    },
  },
];
