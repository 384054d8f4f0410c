import { createHash } from 'node:crypto';
import { logicalName } from '../src/stage/logical-name.ts';

/** A piece of a CloudFormation template. */
export type Resources = Record<string, Resource>;

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  /** RetainExceptOnCreate: what a failed deployment has only just made goes with it. */
  DeletionPolicy?: 'RetainExceptOnCreate';
  UpdateReplacePolicy?: 'Retain';
}

/** A text, or an intrinsic function that becomes one. */
export type Text = string | Record<string, unknown>;

export const ref = (logicalId: string): Text => ({ Ref: logicalId });

export const arnOf = (logicalId: string): Text => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

export const sub = (text: string): Text => ({ 'Fn::Sub': text });

/** Two names would make one logical id, and one resource would silently take the place of the other. */
export class LogicalIdTwiceError extends Error {
  override readonly name = 'LogicalIdTwiceError';
  readonly logicalId: string;

  constructor(logicalId: string) {
    super(
      `Two names of routes.yml or pipelines/ would both make the resource "${logicalId}". Rename the bucket, route or ` +
        'pipeline whose name ends like it, such as one in -policy, -mapping or -role.',
    );
    this.logicalId = logicalId;
  }
}

/** All of these together. @throws LogicalIdTwiceError */
export function joined(parts: readonly Resources[]): Resources {
  const all: Resources = {};
  for (const [id, resource] of parts.flatMap(Object.entries<Resource>)) {
    if (id in all) throw new LogicalIdTwiceError(id);
    all[id] = resource;
  }
  return all;
}

/** Names for logical ids. */
export function logicalNames(names: readonly string[]): Map<string, string> {
  return new Map(names.map((name) => [name, logicalName(name)]));
}

/** A name of at most `max` characters: cut, with a digest of the whole, where it is longer. */
export function shortName(name: string, max: number): string {
  return name.length <= max ? name : `${name.slice(0, max - 9)}-${digest(name, 8)}`;
}

export function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
