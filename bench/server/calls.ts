import { once } from 'node:events';
import { get as httpGet } from 'node:http';
import type { Asking } from './asking.ts';

/** One question to the API; resolves with its answer. */
export type Call = (asking: Asking, turn: number) => Promise<unknown>;

/** What the calls name. */
interface Known {
  batch: string;
  flush: string;
  url: string;
}

/** Every call of the API, by the name that tables show. */
export function callsOf(known: Known): Map<string, Call> {
  return new Map([...readings(known), ...flushes(known), ['GET /v1/stream (first line)', listening(known)]]);
}

function readings({ batch }: Known): [string, Call][] {
  const get = (path: string): [string, Call] => [
    `GET ${path.replace(batch, '{id}')}`,
    (asking) => asking.get(path),
  ];
  return [
    get('/v1/health'),
    get('/v1/routes'),
    get('/v1/windows'),
    get('/v1/windows?sort=age'),
    get('/v1/windows?sort=fill'),
    get('/v1/windows?search=000123'),
    get('/v1/batches'),
    get(`/v1/batches/${batch}`),
    get(`/v1/batches/${batch}/files`),
    get(`/v1/batches/${batch}/trace`),
    get('/v1/why?route=flood'),
    get('/v1/why?route=open'),
    get('/v1/why?route=open&partition=p17'),
    ['GET /v1/where (a file)', (asking) => asking.get('/v1/where?uri=s3://landing/flood/late.txt')],
    ['GET /v1/where (one that is gone)', (asking) => asking.get('/v1/where?uri=s3://landing/flood/1017.csv')],
    get('/openapi.json'),
  ];
}

function flushes({ flush }: Known): [string, Call][] {
  const who = 'bench';
  const window = (turn: number) => ({ route: 'open', partition: `p${turn % 100}`, who });
  return [
    ['GET /v1/flushes/{id}', (asking) => asking.get(`/v1/flushes/${flush}`)],
    ['POST /v1/flushes (empty)', (asking) => asking.post('/v1/flushes', { route: 'csv', who })],
    [
      'POST /v1/flushes (preview of a window)',
      (asking, turn) => asking.post('/v1/flushes', { ...window(turn), dryRun: true }),
    ],
    ['POST /v1/flushes (a window)', (asking, turn) => asking.post('/v1/flushes', window(turn))],
  ];
}

/** A connection of its own each time, as a page opens it. */
function listening({ url }: Known): Call {
  return async () => {
    const asked = httpGet(`${url}/v1/stream`);
    const [response] = await once(asked, 'response');
    const [line] = await once(response, 'data');
    asked.destroy();
    return String(line);
  };
}
