import { createHash, createHmac } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

/**
 * Checks signatures as API Gateway does, written from the description of Signature Version 4 (IAM user guide, "Create a
 * signed AWS API request") and from nothing that the client uses.
 */
export function signatureGuard(secret: string, region: string): MiddlewareHandler {
  return async (c, next) => {
    const body = c.req.method === 'GET' ? '' : await c.req.raw.clone().text();
    const fault = signatureFault(
      { method: c.req.method, url: new URL(c.req.url), body, header: (name) => c.req.header(name) },
      secret,
      region,
    );
    // The gateway gives no reason.
    if (fault !== null) return c.json({ message: 'Forbidden' }, 403);
    return next();
  };
}

export interface SignedRequest {
  method: string;
  url: URL;
  body: string;
  header(name: string): string | undefined;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** Why a signature is not valid, or null. */
export function signatureFault(request: SignedRequest, secret: string, region: string): string | null {
  const parts = FORM.exec(request.header('authorization') ?? '');
  if (parts === null) return 'no signature';
  const [, , day = '', signedRegion = '', service = '', names = '', signature] = parts;
  const time = request.header('x-amz-date') ?? '';
  if (signedRegion !== region || service !== 'execute-api') return 'for something else';
  if (!time.startsWith(day)) return 'of another day';
  if (!names.split(';').includes('host')) return 'not for this host';
  const canonical = [
    request.method,
    request.url.pathname.split('/').map(encoded).join('/'),
    canonicalQuery(request.url),
    ...names.split(';').map((name) => `${name}:${(request.header(name) ?? '').trim()}`),
    '',
    names,
    hash(request.body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
  return hmac(key, text).toString('hex') === signature ? null : 'wrong';
}

function canonicalQuery(url: URL): string {
  const pairs = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '');
  return pairs
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return `${encoded(decodeURIComponent(name))}=${encoded(decodeURIComponent(value))}`;
    })
    .sort()
    .join('&');
}

/** RFC 3986: all but letters, digits and `-._~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
