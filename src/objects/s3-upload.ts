import { type FileHandle, open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectAddress } from './objects.ts';

/**
 * Bytes of one part, and of a file that is sent as a whole. Each is held in memory, so that the SDK can send it again;
 * 10,000 parts (S3 user guide, multipart upload limits) make 320 GB.
 */
export const PART_BYTES = 32 * 1024 * 1024;

/**
 * Stores a local file as an object. A reader sees nothing of it until all of it is there; of an upload that failed
 * nothing stays.
 */
export async function uploadFile(
  client: S3Client,
  { bucket, key }: Pick<ObjectAddress, 'bucket' | 'key'>,
  path: string,
  partBytes = PART_BYTES,
): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > partBytes)
      return await uploadParts(client, { Bucket: bucket, Key: key }, file, size, partBytes);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await file.readFile() }));
  } finally {
    await file.close();
  }
}

async function uploadParts(
  client: S3Client,
  target: { Bucket: string; Key: string },
  file: FileHandle,
  size: number,
  partBytes: number,
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const upload = { ...target, UploadId };
  try {
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let from = 0; from < size; from += partBytes) {
      const PartNumber = parts.length + 1;
      const Body = await readPart(file, from, Math.min(partBytes, size - from));
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      parts.push({ PartNumber, ETag });
    }
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
  } catch (error) {
    // What stays of it costs money; the bucket's lifecycle rule sees to what this does not reach.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

async function readPart(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const part = Buffer.alloc(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(part, filled, length - filled, from + filled);
    if (bytesRead === 0) throw new Error('The file became shorter while it was being stored.');
    filled += bytesRead;
  }
  return part;
}
