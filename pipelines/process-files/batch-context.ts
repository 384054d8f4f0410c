import * as z from 'zod';
import { type BatchInput, batchInputSchema } from '../../src/core/batch-input.ts';
import type { ObjectAddress } from '../../src/objects/objects.ts';

const [inlineSchema] = batchInputSchema.options;

/** What every step of this pipeline knows of its batch. */
export const contextSchema = inlineSchema.shape.batch.extend({
  pipeline: inlineSchema.shape.pipeline,
  output: z.object({ bucket: z.string().min(1), prefix: z.string() }),
  csv: inlineSchema.shape.csv,
  parameters: inlineSchema.shape.parameters,
});

export type BatchContext = z.infer<typeof contextSchema>;

/** @throws OutputMissingError when the route says nowhere where results belong */
export function contextOf(input: BatchInput): BatchContext {
  const { batch, pipeline, output, csv, parameters } = input;
  if (!output) throw new OutputMissingError(batch.route);
  return { ...batch, pipeline, output, ...(csv && { csv }), ...(parameters && { parameters }) };
}

/**
 * Where a step keeps what is too large for a state. The underscore hides the folder from Athena, Spark and Hive,
 * which read everything else below the output's prefix.
 */
export function noteAddress(batch: Pick<BatchContext, 'id' | 'output'>, file: string): ObjectAddress {
  return { bucket: batch.output.bucket, key: `${batch.output.prefix}_spillway/${batch.id}/${file}` };
}

/** A route that runs this pipeline has no `output`. */
export class OutputMissingError extends Error {
  override readonly name = 'OutputMissingError';
  readonly route: string;

  constructor(route: string) {
    super(
      `Route "${route}" has no output: process-files needs a bucket and a prefix to write Parquet files to.`,
    );
    this.route = route;
  }
}
