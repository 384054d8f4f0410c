import * as z from 'zod';
import { excerpt } from './excerpt.ts';
import { failureSchema } from './failure.ts';

/** A Parquet file that was written. */
export const outputSchema = z.object({ bucket: z.string(), key: z.string(), rows: z.number() });

/** All that a unit did, as kept beside the output when it does not fit into a state. */
export const unitReportSchema = z.object({
  id: z.string(),
  /** Files that were taken over. */
  files: z.number(),
  rows: z.number(),
  outputs: z.array(outputSchema),
  failures: z.array(failureSchema),
});

/** What a unit hands on: the same with its lists cut, and where the whole of it lies. */
export const unitResultSchema = unitReportSchema.extend({
  ok: z.boolean(),
  outputCount: z.number(),
  failed: z.number(),
  report: z.object({ bucket: z.string(), key: z.string() }).optional(),
});

export type Output = z.infer<typeof outputSchema>;
export type UnitReport = z.infer<typeof unitReportSchema>;
export type UnitResult = z.infer<typeof unitResultSchema>;

export function resultOf(
  whole: UnitReport,
  bytesMax: number,
  report: { bucket: string; key: string } | null,
): UnitResult {
  const share = Math.floor((bytesMax - 512) / 2);
  return {
    ...whole,
    ok: whole.failures.length === 0,
    outputs: excerpt(whole.outputs, share),
    outputCount: whole.outputs.length,
    failures: excerpt(whole.failures, share),
    failed: whole.failures.length,
    ...(report && { report: { bucket: report.bucket, key: report.key } }),
  };
}
