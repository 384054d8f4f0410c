import * as z from 'zod';
import { batchStatus, reason } from './schemas.ts';

/** What the API accepts. Unknown fields are errors: a misspelt filter must not silently filter nothing. */

/** Rows on one page. */
export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 200;

const LIMIT = `expected a whole number from 1 to ${PAGE_MAX}`;
const limit = z.coerce.number(LIMIT).int(LIMIT).min(1, LIMIT).max(PAGE_MAX, LIMIT).default(PAGE_DEFAULT);
const cursor = z.string().max(4_096).optional().meta({ description: '`nextCursor` of the page before' });
const routeName = z.string('expected the name of a route').min(1).max(256);
/** S3 keys have at most 1,024 bytes, so no value of a pattern is longer. */
const partitionText = z.string().max(1_024);
const when = z.iso
  .datetime({ offset: true, error: 'expected ISO 8601 with Z or an offset, such as 2026-11-02T08:40:00Z' })
  .meta({ description: 'ISO 8601 with Z or an offset', example: '2026-11-02T08:40:00Z' });

/** One value, or several separated by commas. */
function listOf<Value extends string>(values: z.ZodEnum<Record<Value, Value>>) {
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(values))
    .optional()
    .meta({ description: `One or more of ${values.options.join(', ')}, separated by commas` });
}

export const windowsQuery = z.strictObject({
  route: routeName.optional(),
  partition: partitionText.optional(),
  search: z
    .string()
    .max(1_024)
    .optional()
    .meta({ description: 'Text that the route or the partition contains, in any case' }),
  sort: z
    .enum(['deadline', 'fill', 'age'])
    .default('deadline')
    .meta({ description: 'Next to close first, fullest first, or oldest first' }),
  limit,
  cursor,
});

export const batchesQuery = z.strictObject({
  route: routeName.optional(),
  partition: partitionText.optional(),
  reason: listOf(reason),
  status: listOf(batchStatus),
  since: when.optional().meta({ description: 'Closed at this instant or later' }),
  until: when.optional().meta({ description: 'Closed before this instant' }),
  limit,
  cursor,
});

export const pageQuery = z.strictObject({ limit, cursor });

export const whyQuery = z.strictObject({ route: routeName, partition: partitionText.optional() });

export const whereQuery = z
  .strictObject({
    uri: z.string().max(4_096).optional().meta({ description: 's3://bucket/key, the key verbatim' }),
    bucket: z.string().max(256).optional(),
    key: z.string().max(1_024).optional(),
  })
  .refine((asked) => (asked.uri === undefined) === (asked.bucket !== undefined && asked.key !== undefined), {
    message: 'expected either uri=s3://bucket/key, or bucket and key',
    path: ['uri'],
  });

/** A flush id may contain what a cron flush's does: `<route>/<schedule>/<scheduled time>`. */
const flushId = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces');

export const flushRequest = z
  .strictObject({
    route: routeName.optional(),
    partition: partitionText.optional().meta({ description: 'Needs route' }),
    all: z.literal(true).optional().meta({ description: 'Instead of route: every window of every route' }),
    minEvents: z.int().min(1).max(10_000).default(1).meta({ description: 'Windows with fewer stay open' }),
    dryRun: z.boolean().default(false).meta({ description: 'Say what would close; close nothing' }),
    flushId: flushId.optional().meta({
      description: 'Chosen by the asker: asking again with it never closes a second window. Made when absent',
    }),
    note: z.string().max(1_000).optional().meta({ description: 'Why, in free words; kept with the batch' }),
    who: z.string().min(1).max(200).optional(),
  })
  .refine((asked) => (asked.route === undefined) === (asked.all === true), {
    message: 'expected either "route" or "all": true',
    path: ['route'],
  })
  .refine((asked) => asked.partition === undefined || asked.route !== undefined, {
    message: 'needs "route"',
    path: ['partition'],
  })
  .meta({ id: 'FlushRequest' });

export type WindowsQuery = z.infer<typeof windowsQuery>;
export type BatchesQuery = z.infer<typeof batchesQuery>;
export type PageQuery = z.infer<typeof pageQuery>;
export type FlushBody = z.infer<typeof flushRequest>;
/** A flush as a client writes it: with defaults left out. */
export type FlushBodyInput = z.input<typeof flushRequest>;
