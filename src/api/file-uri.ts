import type { FileAddress } from '../queries/where.ts';
import { RequestRefusedError } from './problem.ts';

/**
 * The object that a question names: `s3://bucket/key` with the key verbatim, or bucket and key apart.
 * @throws RequestRefusedError (400) for another kind of text.
 */
export function addressOf(asked: {
  uri?: string | undefined;
  bucket?: string | undefined;
  key?: string | undefined;
}): FileAddress {
  const { uri, bucket, key } = asked;
  if (bucket !== undefined && key !== undefined && bucket !== '' && key !== '') return { bucket, key };
  const match = /^s3:\/\/([^/]+)\/(.+)$/su.exec(uri ?? '');
  const [, uriBucket, uriKey] = match ?? [];
  if (uriBucket !== undefined && uriKey !== undefined) return { bucket: uriBucket, key: uriKey };
  throw new RequestRefusedError(400, 'request-invalid', {
    title: 'The query is not as expected',
    detail: `${JSON.stringify(uri ?? '')} names no object: expected s3://bucket/key, the key verbatim and not URL-encoded.`,
    errors: [{ field: uri === undefined ? 'key' : 'uri', message: 'expected s3://bucket/key' }],
  });
}
