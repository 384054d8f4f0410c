import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createApp } from '../../src/api/app.ts';
import { type TestHome, testHome } from '../queries/home.ts';
import { signatureGuard } from './signature.ts';

export const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const REGION = 'eu-central-1';

/** The real API without a live stream, behind a gateway that checks signatures, as on AWS. */
export async function signedApi({ home, secret = SECRET }: { home?: TestHome; secret?: string } = {}) {
  const used = home ?? (await testHome());
  let flushes = 0;
  const app = createApp({
    sources: used.sources,
    service: used.service,
    version: '0.1.0',
    startedAt: used.time.now,
    guards: [signatureGuard(secret, REGION)],
    newFlushId: () => {
      flushes += 1;
      return `made-${flushes}`;
    },
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    home: used,
    url,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      await used.remove();
    },
  };
}
