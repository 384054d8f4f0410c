/**
 * The objects of a data lake: S3, or a folder on a laptop (`<root>/<bucket>/<key>`).
 *
 * Every driver guarantees:
 * 1. **Atomic writes**: a reader sees an object's old content or its new one, never a part; a write that was
 *    interrupted leaves the old one. Writing the same key again replaces it.
 * 2. Keys are verbatim; a driver that cannot hold a key refuses it with an {@link ObjectKeyError}.
 * 3. Of an object that is not there `head` is null; `read` and `toFile` reject with an {@link ObjectNotFoundError}.
 */
export interface Objects {
  head(at: ObjectAddress): Promise<ObjectHead | null>;
  /** @throws ObjectTooLargeError, without reading it, when it has more than `bytesMax` bytes */
  read(at: ObjectAddress, bytesMax?: number): Promise<Uint8Array>;
  write(at: ObjectAddress, content: Uint8Array | string): Promise<void>;
  /** Path of a local file with the object's content, inside `folder` unless the driver has one already. Read only. */
  toFile(at: ObjectAddress, folder: string): Promise<string>;
  /** Stores a local file as an object and removes the file. */
  fromFile(at: ObjectAddress, file: string): Promise<void>;
  /** Keys under a prefix in UTF-8 byte order. */
  list(bucket: string, prefix: string): AsyncIterable<ObjectHead & ObjectAddress>;
  remove(at: ObjectAddress): Promise<void>;
}

export interface ObjectAddress {
  bucket: string;
  key: string;
  versionId?: string;
}

export interface ObjectHead {
  size: number;
  lastModified: number;
  etag?: string;
}

export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
  readonly address: ObjectAddress;

  constructor(address: ObjectAddress, cause?: unknown) {
    super(
      `There is no object s3://${address.bucket}/${address.key}. It may have been deleted after its event; put it again to have it processed.`,
      { cause },
    );
    this.address = address;
  }
}

/** An object has more bytes than its reader wants to have in memory. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError';
  readonly address: ObjectAddress;
  readonly size: number;

  constructor(address: ObjectAddress, size: number, bytesMax: number) {
    super(
      `s3://${address.bucket}/${address.key} has ${size} bytes, expected at most ${bytesMax}; fetch it as a file.`,
    );
    this.address = address;
    this.size = size;
  }
}

export class ObjectKeyError extends Error {
  override readonly name = 'ObjectKeyError';
  readonly address: ObjectAddress;

  constructor(address: ObjectAddress, why: string) {
    super(
      `The key ${JSON.stringify(address.key)} cannot be stored in bucket "${address.bucket}" here: ${why}.`,
    );
    this.address = address;
  }
}
