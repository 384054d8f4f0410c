import type { Command } from '../commands/commands.ts';
import { commandMessage } from '../commands/message.ts';
import { readNotice } from '../core/notice.ts';

/**
 * What dead letters come from: the queues of events and of commands, and calls of the functions `status` and
 * `reconcile`, which have no queue of their own.
 */
export type QueueName = 'ingest' | 'commands' | 'status';

/** A message as SQS hands it over. */
export interface ReceivedMessage {
  id: string;
  body: string;
  /** First sent (ms). Moving to a dead-letter queue does not change it. */
  sentAt: number;
  /** Times that it was received, looks at the dead letters included. */
  receives: number;
  /** Message attributes that are text. */
  attributes: Readonly<Record<string, string>>;
}

/** A message that nobody could deal with, and what can be done about it. */
export interface DeadLetter extends Omit<ReceivedMessage, 'attributes'> {
  queue: QueueName;
  /**
   * Who gave up: a function that failed at it again and again, an EventBridge rule that could not deliver it, or a
   * schedule that could not.
   */
  from: 'function' | 'rule' | 'schedule';
  /** What it is, in one line. */
  what: string;
  /** Why it is here, as far as it says. */
  why: string;
  remedy: Remedy;
}

/**
 * `send`: this text goes back to the queue. `forget`: nothing needs it any more. `keep`: sent back it would only
 * return, so a person has to look at it.
 */
export type Remedy = { do: 'send'; text: string } | { do: 'forget'; because: string } | { do: 'keep' };

/** What SQS, a rule and a schedule write into a message that they give up is told apart by these attributes. */
const RULE = 'RULE_ARN';
const SCHEDULE = 'SCHEDULE_ARN';
/** Scheduler's placeholder (Scheduler user guide, context attributes). */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

/** Understands any message of a dead-letter queue. Never throws. */
export function readDeadLetter(queue: QueueName, message: ReceivedMessage): DeadLetter {
  const { attributes, ...rest } = message;
  const from = SCHEDULE in attributes ? 'schedule' : RULE in attributes ? 'rule' : 'function';
  const call = failedCall(jsonIn(message.body));
  if (call !== null) {
    return { ...rest, queue, from, what: call.what, why: call.why, remedy: FORGOTTEN };
  }
  const found = contentOf(queue, message);
  const { what, remedy, fault } = found;
  return { ...rest, queue, from, what, why: fault ?? reasonOf(from, message), remedy };
}

const FORGOTTEN: Remedy = {
  do: 'forget',
  because: 'reconcile runs every few minutes and asks Step Functions itself',
};

/**
 * A call that nobody waits for and that failed for good: Lambda wraps what the function got into what became of it
 * (Lambda developer guide, "Capturing records of asynchronous invocations").
 */
function failedCall(record: unknown): { what: string; why: string } | null {
  if (!isObject(record) || !isObject(record.requestContext) || !('requestPayload' in record)) return null;
  const { condition, approximateInvokeCount: calls, functionArn } = record.requestContext;
  if (typeof condition !== 'string' || typeof functionArn !== 'string') return null;
  const what = callText(executionIn(record.requestPayload));
  if (isObject(record.responsePayload)) {
    const { errorType = 'Error', errorMessage = 'no message' } = record.responsePayload;
    return { what, why: `${errorType}: ${errorMessage} (${condition} after ${calls ?? 'several'} calls)` };
  }
  return { what, why: `${condition}: ${functionIn(functionArn)} did not run; it may have been throttled` };
}

function callText(execution: string | null): string {
  return execution === null ? 'a call of reconcile' : `status of execution ${execution}`;
}

/** `arn:aws:lambda:<region>:<account>:function:<name>:<version>` */
function functionIn(arn: string): string {
  return arn.split(':')[6] ?? arn;
}

interface Content {
  what: string;
  remedy: Remedy;
  /** Why it cannot be read. */
  fault?: string;
}

function contentOf(queue: QueueName, message: ReceivedMessage): Content {
  if (message.attributes.IS_PAYLOAD_TRUNCATED === 'true') {
    return unreadable('a message that was cut off', 'its text was too long for the schedule to keep whole');
  }
  const text = textOf(message);
  const value = jsonIn(text);
  const execution = executionIn(value);
  if (execution !== null || queue === 'status') {
    return { what: callText(execution), remedy: FORGOTTEN };
  }
  return queue === 'ingest' ? eventIn(text, value, message.sentAt) : commandIn(text);
}

function eventIn(text: string, value: unknown, sentAt: number): Content {
  try {
    const { bucket, key } = readNotice(value, sentAt);
    return { what: `event s3://${bucket}/${key}`, remedy: { do: 'send', text } };
  } catch (error) {
    return unreadable('a message that is no event', faultOf(error));
  }
}

function commandIn(text: string): Content {
  if (text.includes(SCHEDULED_TIME)) {
    return unreadable('a cron flush without its time', 'the schedule did not put in when it was due');
  }
  try {
    return { what: commandLine(commandMessage(text)), remedy: { do: 'send', text } };
  } catch (error) {
    return unreadable('a message that is no command', faultOf(error));
  }
}

function commandLine(command: Command): string {
  switch (command.kind) {
    case 'deadline':
      return `deadline of window ${command.windowSeq} of ${placeOf(command)}`;
    case 'ensure':
      return `effects of records ${command.from} to ${command.to} of ${placeOf(command)}`;
    case 'flush':
      return `flush ${command.flushId} of ${command.scope.route === undefined ? 'every route' : placeOf({ route: command.scope.route, partition: command.scope.partition ?? '' })}`;
    case 'flush-partition':
      return `flush ${command.flushId} of ${placeOf(command)}`;
  }
}

function placeOf({ route, partition }: { route: string; partition: string }): string {
  return partition === '' ? route : `${route}/${partition}`;
}

/**
 * The message as its consumer should have got it. A schedule keeps the request that it made of SQS, with the message
 * inside (Scheduler user guide, "Retrieve the dead-letter event"); rules keep the event as it was.
 */
function textOf({ body, attributes }: ReceivedMessage): string {
  if (!(SCHEDULE in attributes)) return body;
  const request = jsonIn(body);
  const inner = isObject(request) && typeof request.MessageBody === 'string' ? request.MessageBody : body;
  const due = attributes.SCHEDULED_TIME;
  return due === undefined ? inner : inner.replaceAll(SCHEDULED_TIME, due);
}

/** A change of status in a dead-letter queue of other things would be poison where those go. */
function executionIn(value: unknown): string | null {
  if (!isObject(value) || value.source !== 'aws.states' || !isObject(value.detail)) return null;
  return typeof value.detail.name === 'string' ? value.detail.name : 'unknown';
}

function reasonOf(from: DeadLetter['from'], { attributes, receives }: ReceivedMessage): string {
  if (from === 'function') {
    return `its function failed at it or ran out of time, in ${receives} receives; its log says more`;
  }
  const { ERROR_CODE: code = 'no error code', ERROR_MESSAGE: message } = attributes;
  return message === undefined ? code : `${code}: ${message}`;
}

function unreadable(what: string, fault: string): Content {
  return { what, fault, remedy: { do: 'keep' } };
}

function faultOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
