import { join } from 'node:path';
import { type LocalApi, serveLocalApi } from '../../src/api/serve.ts';
import { type TestHome, testHome } from '../queries/home.ts';

/** The real service on in-memory drivers behind the real API, on a free port of 127.0.0.1. */
export interface Served {
  home: TestHome;
  api: LocalApi;
  /** Where a command finds the server and its token. */
  env: { SPILLWAY_URL: string; SPILLWAY_ROOT: string };
  /** Puts so many files under a folder of the bucket `landing`, and counts them. */
  count(folder: string, files: number): Promise<void>;
  stop(): Promise<void>;
}

export async function serve(options: { port?: number; heartbeatMs?: number } = {}): Promise<Served> {
  const home = await testHome();
  const api = await serveHome(home, options);
  let counted = 0;
  return {
    home,
    api,
    env: { SPILLWAY_URL: api.url, SPILLWAY_ROOT: home.root },
    count: async (folder, files) => {
      const events = [];
      for (let index = 0; index < files; index += 1) {
        counted += 1;
        events.push(await home.put(`${folder}${counted}.csv`));
      }
      await home.service.append(events);
    },
    stop: async () => {
      await api.close();
      await home.remove();
    },
  };
}

export async function serveHome(
  home: TestHome,
  options: { port?: number; heartbeatMs?: number } = {},
): Promise<LocalApi> {
  let flushes = 0;
  return serveLocalApi({
    sources: home.sources,
    service: home.service,
    version: '0.0.0',
    startedAt: home.time.now,
    newFlushId: () => {
      flushes += 1;
      return `made-${flushes}`;
    },
    stream: home.stream,
    stateFolder: join(home.root, '.spillway'),
    port: options.port ?? 0,
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
  });
}
