import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { awsError } from '../../stage/errors.ts';
import type { Authorize } from './client.ts';

/** The name under which API Gateway checks signatures (API Gateway developer guide, "IAM authorization"). */
const SERVICE = 'execute-api';

/**
 * Signs requests for an API behind IAM (Signature Version 4) with the credentials of the ordinary chain: environment,
 * profile, single sign-on, role of the machine. They are read at the first request and renewed when they expire.
 *
 * The function it returns throws a CredentialsMissingError, AccessRefusedError or RegionMissingError.
 *
 * @param region of the API; the configured one by default
 */
export function signatureFor(region?: string): Authorize {
  // Never sent a request: it knows the chain, the configured region and the hash.
  const { config } = new STSClient({ ...(region !== undefined && { region }) });
  const signer = new SignatureV4({
    service: SERVICE,
    region: config.region,
    credentials: config.credentials,
    sha256: config.sha256,
  });
  return async ({ method, url, body }) => {
    const request = {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { host: url.host },
      ...(body !== undefined && { body }),
    };
    try {
      const { headers } = await signer.sign(request);
      // fetch sets the host itself, and refuses to be told.
      return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'));
    } catch (error) {
      throw awsError('the credentials for a signature', error);
    }
  };
}

/** The region in the host of an API Gateway address, or undefined: custom domains do not tell. */
export function regionIn(url: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(new URL(url).hostname)?.[1];
}

function queryOf(url: URL): Record<string, string | string[]> {
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = url.searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}
