import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Ministack, startMinistack } from '../emulator/ministack.ts';
import { clientSettings, deploy, type Outputs, type RoutesFile } from './deploy.ts';
import { type SignedAnswer, signedFetch } from './signed.ts';

/** A deployed stack as its users see it: through the SDKs, and the API with signed requests. */
export interface World {
  ministack: Ministack;
  outputs: Outputs;
  s3: S3Client;
  sqs: SQSClient;
  sns: SNSClient;
  lambda: LambdaClient;
  iam: IAMClient;
  /** Puts a CSV file with two good rows, or the text given, into the bucket `landing`. */
  put(key: string, text?: string): Promise<void>;
  putAll(keys: readonly string[]): Promise<void>;
  api(path: string, body?: object): Promise<SignedAnswer>;
  batches(route: string): Promise<BatchRow[]>;
  windows(route: string): Promise<WindowRow[]>;
  executions(route: string): Promise<Execution[]>;
  close(): Promise<void>;
}

export interface BatchRow {
  id: string;
  partition: string;
  seq: number;
  reason: string;
  status: string;
  count: number;
  openedAt: string;
  deadline: string;
  closedAt: string;
  by?: { flushId: string; who: string };
}

export interface WindowRow {
  partition: string;
  count: number;
  limits: { count: number; windowMs: number };
}

export interface Execution {
  name: string;
  status: string;
  error?: string;
  input: {
    batch: { id: string; route: string; reason: string; count: number };
    events?: { bucket: string; key: string }[];
    manifest?: { bucket: string; key: string; count: number };
  };
}

/** Starts the emulator, deploys the stack to it, and connects to both. */
export async function openWorld({
  routes,
  ...options
}: {
  auth?: boolean;
  routes?: RoutesFile;
} = {}): Promise<World> {
  const ministack = await startMinistack(options);
  try {
    return connect(ministack, await deploy(ministack, routes));
  } catch (error) {
    await ministack.stop();
    throw error;
  }
}

export function connect(ministack: Ministack, outputs: Outputs): World {
  const { endpoint } = ministack;
  const settings = clientSettings(ministack);
  const { region, credentials } = settings;
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const sfn = new SFNClient(settings);
  const others = {
    sqs: new SQSClient(settings),
    sns: new SNSClient(settings),
    lambda: new LambdaClient(settings),
    iam: new IAMClient(settings),
  };
  const put = async (key: string, text = rows(key)) => {
    await s3.send(new PutObjectCommand({ Bucket: output(outputs, 'BucketLanding'), Key: key, Body: text }));
  };
  const api = (path: string, body?: object) =>
    signedFetch(apiUrl(endpoint, output(outputs, 'ApiUrl')) + path, {
      region,
      credentials,
      ...(body !== undefined && { method: 'POST', body }),
    });
  const read = async (path: string) => {
    const { status, body } = await api(path);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  return {
    ministack,
    outputs,
    s3,
    ...others,
    put,
    api,
    putAll: async (keys) => {
      // A few at a time, as producers do.
      for (let at = 0; at < keys.length; at += 8) {
        await Promise.all(keys.slice(at, at + 8).map((key) => put(key)));
      }
    },
    batches: async (route) => (await read(`/v1/batches?route=${route}&limit=200`)).batches,
    windows: async (route) => (await read(`/v1/windows?route=${route}&limit=200`)).windows,
    executions: (route) => executionsOf(sfn, output(outputs, 'StateMachineProcessFilesArn'), route),
    close: async () => {
      for (const client of [s3, sfn, ...Object.values(others)]) client.destroy();
      await ministack.stop();
    },
  };
}

export function output(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`The stack has no output ${name}, only ${Object.keys(outputs)}.`);
  return value;
}

/** Two rows that tell which file they come from. */
function rows(key: string): string {
  const file = [...key].reduce(
    (sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003,
    7,
  );
  return `file,line\n${file},1\n${file},2\n`;
}

/** The emulator serves APIs on its own address, by their ids. */
export function apiUrl(endpoint: string, url: string): string {
  const [id] = new URL(url).hostname.split('.');
  return `${endpoint}/_aws/execute-api/${id}/$default`;
}

async function executionsOf(sfn: SFNClient, machine: string, route: string): Promise<Execution[]> {
  const found: Execution[] = [];
  for await (const page of paginateListExecutions({ client: sfn }, { stateMachineArn: machine })) {
    for (const { executionArn } of page.executions ?? []) {
      const {
        name = '',
        status = '',
        error,
        input = '{}',
      } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      const parsed: Execution['input'] = JSON.parse(input);
      if (parsed.batch.route !== route) continue;
      found.push({ name, status, ...(error !== undefined && { error }), input: parsed });
    }
  }
  return found;
}
