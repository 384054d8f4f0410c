import { createHash } from 'node:crypto';

const DIGEST_LENGTH = 8;

/**
 * A name of routes.yml or pipelines/ as part of a logical id or an output's name, which hold letters and digits only:
 * `process-files` → `ProcessFiles`. A name that could not be read back from that, such as `raw-1` or `raw.b`, gets a
 * digest besides. It follows from the name alone: another bucket beside it must not give it another id, because
 * CloudFormation would then make a new, empty one in its place.
 */
export function logicalName(name: string): string {
  const short = name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return readBack(short) === name ? short : `${short}${digest(name)}`;
}

function readBack(short: string): string {
  return short.replace(/[A-Z]/g, (letter, at) => `${at === 0 ? '' : '-'}${letter.toLowerCase()}`);
}

function digest(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH);
}
