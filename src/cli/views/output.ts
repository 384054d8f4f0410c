import * as z from 'zod';
import { counted } from '../text/time.ts';

const OUTPUTS_SHOWN = 5;
const TEXT_CHARACTERS_MAX = 200;

/** What pipelines agree upon: a list `outputs` of the objects that were written. */
const written = z.object({
  outputs: z.array(z.object({ bucket: z.string(), key: z.string(), rows: z.number().optional() })).min(1),
  outputCount: z.number().optional(),
});

/** What an execution ended with, a line each: the objects that it wrote where it names them, else its JSON. */
export function outputLines(output: unknown): string[] {
  if (output === undefined || output === null) return [];
  const { data } = written.safeParse(output);
  if (data === undefined) return [JSON.stringify(output).slice(0, TEXT_CHARACTERS_MAX)];
  const { outputs, outputCount = outputs.length } = data;
  const lines = outputs
    .slice(0, OUTPUTS_SHOWN)
    .map(
      ({ bucket, key, rows }) =>
        `s3://${bucket}/${key}${rows === undefined ? '' : ` (${counted(rows, 'row')})`}`,
    );
  const more = Math.max(outputCount, outputs.length) - lines.length;
  return more > 0 ? [...lines, `and ${counted(more, 'more object')}`] : lines;
}
