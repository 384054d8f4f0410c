import { readFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type LocalApi, type LocalApiOptions, serveLocalApi } from '../../src/api/serve.ts';
import { START, type TestHome } from '../queries/home.ts';

/** Serves the API of a home on any free port, its state in the home's folder. */
export function serve(home: TestHome, options: Partial<LocalApiOptions> = {}): Promise<LocalApi> {
  return serveLocalApi({
    sources: home.sources,
    service: home.service,
    version: '0.1.0',
    startedAt: START,
    newFlushId: () => 'made',
    stream: home.stream,
    stateFolder: stateFolder(home),
    port: 0,
    ...options,
  });
}

export function stateFolder(home: TestHome): string {
  return join(home.root, '.spillway');
}

export async function tokenOf(home: TestHome): Promise<string> {
  return (await readFile(join(stateFolder(home), 'token'), 'utf8')).trim();
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request as it goes over the wire: path and headers as they are, nothing normalised. */
export function send(
  { port }: LocalApi,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers: { connection: 'close', ...headers } };
    const asked = request(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Writes a text to the server's socket and returns all that comes back until the connection is closed. */
export function speak({ port }: LocalApi, text: string, end: boolean): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    const socket = connect(port, '127.0.0.1', () => (end ? socket.end(text) : socket.write(text)));
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(all));
  });
}

export function codeOf({ body }: Answer): string {
  return JSON.parse(body).code;
}
