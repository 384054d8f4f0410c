import * as z from 'zod';
import type { BatchContext } from './batch-context.ts';

/** What a route may set under `parameters` for this pipeline. Others are left to other pipelines. */
const parametersSchema = z.looseObject({
  /** Files that become one Parquet file (per header): 1 to 10,000; more where a batch would need over 40 units. */
  filesPerUnit: z.int().min(1).max(10_000).optional(),
  /** See `fail-on-demand.ts`. */
  failOnDemand: z
    .record(z.string(), z.union([z.int().nonnegative(), z.literal(['random', 'hard'])]))
    .optional(),
});

export type Parameters = z.infer<typeof parametersSchema>;

/** @throws ParametersError naming the parameter */
export function parametersOf({ route, parameters }: Pick<BatchContext, 'route' | 'parameters'>): Parameters {
  const parsed = parametersSchema.safeParse(parameters ?? {});
  if (!parsed.success) throw new ParametersError(route, z.prettifyError(parsed.error).replaceAll('\n', ' '));
  return parsed.data;
}

/** A route's `parameters` cannot be used. */
export class ParametersError extends Error {
  override readonly name = 'ParametersError';
  readonly route: string;

  constructor(route: string, detail: string) {
    super(`The parameters of route "${route}" do not suit process-files: ${detail}`);
    this.route = route;
  }
}
