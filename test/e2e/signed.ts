import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export interface SignedAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare what they name
  body: any;
}

/** Asks an HTTP API that wants AWS_IAM, as the SDKs sign. */
export async function signedFetch(
  url: string,
  {
    region,
    credentials,
    method = 'GET',
    body,
  }: {
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    method?: 'GET' | 'POST';
    body?: object;
  },
): Promise<SignedAnswer> {
  const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = await signer.sign({
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path: pathname,
    query: Object.fromEntries(searchParams),
    method,
    headers: { host, ...(text !== undefined && { 'content-type': 'application/json' }) },
    ...(text !== undefined && { body: text }),
  });
  const answer = await fetch(url, {
    method,
    headers: request.headers,
    ...(text !== undefined && { body: text }),
  });
  const said = await answer.text();
  return { status: answer.status, body: parsed(said) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The hash that the signer asks for, by Node. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
