import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server in AWS's place says to one request; `lost`: it does what was asked and the answer gets lost. */
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'lost';

export interface Request {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/**
 * A server in AWS's place that answers as it is told, in turn, and keeps what it was asked: for answers that no
 * emulator can be made to give.
 */
export async function answering(...answers: Answer[]) {
  const requests: Request[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') });
    const answer = answers.shift();
    if (answer === undefined || answer === 'lost') return request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0', ...answer.headers });
    return response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    /** For an SDK client. */
    sdk: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    },
    unanswered: () => answers.length,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An error as AWS's JSON protocols tell it. */
export function refusal(type: string, message = 'said so', status = 400): Answer {
  return { status, body: { __type: type, message, Message: message }, headers: { 'x-amzn-errortype': type } };
}
