import {
  except,
  first,
  idIn,
  listOf,
  ofType,
  type Resource,
  type Rule,
  type Template,
  the,
} from '../template.ts';

const FOURTEEN_DAYS = 1_209_600;

const queues = (template: Template) => ofType(template, 'AWS::SQS::Queue');
const isDlq = ([id]: [string, Resource]) => id.endsWith('Dlq');
const mappings = (template: Template) => ofType(template, 'AWS::Lambda::EventSourceMapping');

export const queueRules: Rule[] = [
  {
    name: 'queues are encrypted',
    check: (template) => except(queues(template), ({ SqsManagedSseEnabled: on }) => on === true),
    mutants: {
      'SSE off': (template) => {
        the(template, 'IngestQueue').Properties.SqsManagedSseEnabled = false;
      },
    },
  },
  {
    name: 'queues keep messages for 14 days',
    check: (template) =>
      except(queues(template), ({ MessageRetentionPeriod: seconds }) => seconds === FOURTEEN_DAYS),
    mutants: {
      'four days': (template) => {
        the(template, 'CommandsDlq').Properties.MessageRetentionPeriod = 345_600;
      },
      'as SQS likes': (template) => {
        delete the(template, 'IngestQueue').Properties.MessageRetentionPeriod;
      },
    },
  },
  {
    name: 'queues give up on a message after five receives at least, and keep it',
    check: (template) =>
      except(
        queues(template).filter((entry) => !isDlq(entry)),
        ({ RedrivePolicy: policy }) =>
          policy?.maxReceiveCount >= 5 && idIn(policy.deadLetterTargetArn).endsWith('Dlq'),
      ),
    mutants: {
      'no dead letters': (template) => {
        delete the(template, 'CommandsQueue').Properties.RedrivePolicy;
      },
      'after three': (template) => {
        the(template, 'IngestQueue').Properties.RedrivePolicy.maxReceiveCount = 3;
      },
    },
  },
  {
    name: 'queues of dead letters take them from queues of this stack only',
    check: (template) =>
      except(
        queues(template).filter(isDlq),
        ({ RedriveAllowPolicy: policy }) =>
          policy?.redrivePermission === 'denyAll' || policy?.redrivePermission === 'byQueue',
      ),
    mutants: {
      'from anywhere': (template) => {
        delete the(template, 'IngestDlq').Properties.RedriveAllowPolicy;
      },
    },
  },
  {
    name: 'queues hide a message for six times the timeout of their function, and its window',
    check: (template) =>
      except(mappings(template), ({ EventSourceArn, FunctionName, MaximumBatchingWindowInSeconds = 0 }) => {
        const hidden = the(template, idIn(EventSourceArn)).Properties.VisibilityTimeout;
        const { Timeout } = the(template, idIn(FunctionName)).Properties;
        return hidden >= 6 * Timeout + MaximumBatchingWindowInSeconds;
      }),
    mutants: {
      'a longer timeout': (template) => {
        the(template, 'IngestLambdaFunction').Properties.Timeout = 61;
      },
      'a shorter hiding': (template) => {
        the(template, 'CommandsQueue').Properties.VisibilityTimeout = 359;
      },
    },
  },
  {
    name: 'functions fail messages one by one',
    check: (template) =>
      except(mappings(template), ({ FunctionResponseTypes: types }) =>
        listOf(types).includes('ReportBatchItemFailures'),
      ),
    mutants: {
      'all or nothing': (template) => {
        delete first(template, 'AWS::Lambda::EventSourceMapping').Properties.FunctionResponseTypes;
      },
    },
  },
  {
    name: 'more than ten messages at a time are waited for, as Lambda demands; commands are not',
    check: (template) =>
      except(
        mappings(template),
        ({ BatchSize, MaximumBatchingWindowInSeconds: window = 0, EventSourceArn }) => {
          if (idIn(EventSourceArn) === 'IngestQueue') return BatchSize > 10 && window >= 1;
          return BatchSize <= 10 && window === 0;
        },
      ),
    mutants: {
      'large batches without a window': (template) => {
        delete the(template, 'IngestEventSourceMappingSQSIngestQueue').Properties
          .MaximumBatchingWindowInSeconds;
      },
      'deadlines that wait': (template) => {
        the(template, 'CommandEventSourceMappingSQSCommandsQueue').Properties.MaximumBatchingWindowInSeconds =
          5;
      },
      'a dedicated queue that waits': (template) => {
        the(template, 'IngestQueueUrgentMapping').Properties.MaximumBatchingWindowInSeconds = 1;
      },
    },
  },
  {
    name: 'few functions take messages at a time: more writers on one log add waste, and cost',
    check: (template) =>
      except(mappings(template), ({ ScalingConfig: scaling }) => {
        const most = scaling?.MaximumConcurrency;
        return most >= 2 && most <= 10;
      }),
    mutants: {
      unbounded: (template) => {
        delete the(template, 'IngestEventSourceMappingSQSIngestQueue').Properties.ScalingConfig;
      },
    },
  },
  {
    name: 'queues are read by one function, dead letters by none',
    check: (template) => {
      const read = mappings(template).map(([, { Properties }]) => idIn(Properties.EventSourceArn));
      return queues(template)
        .filter(([id]) => read.filter((other) => other === id).length !== (id.endsWith('Dlq') ? 0 : 1))
        .map(([id]) => id);
    },
    mutants: {
      'a dedicated queue nobody reads': (template) => {
        delete template.Resources.IngestQueueUrgentMapping;
      },
    },
  },
];
