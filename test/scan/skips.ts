import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const FILE = join(import.meta.dirname, 'skips.yml');
/** Less is no sentence. */
const REASON_MIN = 20;

const reason = z.string().trim().min(REASON_MIN, 'expected a reason, as a sentence');

const schema = z.strictObject({
  'cfn-lint': z.record(z.string().regex(/^[EWI]\d{4}$/), reason),
  checkov: z.record(z.string().regex(/^CKV2?_AWS_\d+$/), reason),
});

/** Checks that are left out and why, by tool. */
export type Skips = z.infer<typeof schema>;

export const NO_SKIPS: Skips = { 'cfn-lint': {}, checkov: {} };

/** skips.yml does not say which checks are left out and why. */
export class SkipsInvalidError extends Error {
  override readonly name = 'SkipsInvalidError';

  constructor(problems: string) {
    super(`test/scan/skips.yml:\n${problems}`);
  }
}

/** @throws SkipsInvalidError */
export function parseSkips(text: string): Skips {
  const { success, data, error } = schema.safeParse(parse(text));
  if (!success) throw new SkipsInvalidError(z.prettifyError(error));
  return data;
}

/** @throws SkipsInvalidError */
export async function readSkips(): Promise<Skips> {
  return parseSkips(await readFile(FILE, 'utf8'));
}
