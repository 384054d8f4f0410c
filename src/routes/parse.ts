import type * as z from 'zod';
import { assembleRoute } from './assemble.ts';
import { bucketNameFault } from './bucket-name.ts';
import type { Bucket, Configuration, Route } from './configuration.ts';
import { bucketConflicts, outputConflicts, routeConflicts } from './conflicts.ts';
import { type Document, readDocument } from './document.ts';
import { findingsOf } from './findings.ts';
import { type Finding, type Path, pathText, problemAt, RoutesInvalidError, valueText } from './problem.ts';
import { bucketSchema, type Declared, defaultsSchema, fileSchema, routeSchema } from './schema.ts';
import { doubtsAbout } from './warnings.ts';

const ROUTE_NAME = /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/;

/** What is being gathered from one file. */
interface Check {
  document: Document;
  findings: Finding[];
}

/**
 * Reads routes.yml.
 *
 * @param file what messages call it
 * @param options.pipelines the names that `pipeline` may give
 * @param options.now ms since 1970; with it, schedules that never run again are warned of
 * @throws RoutesInvalidError with every problem of the file
 */
export function parseRoutes(
  text: string,
  file: string,
  options: { pipelines: readonly string[]; now?: number },
): Configuration {
  const document = readDocument(text, file);
  const check: Check = { document, findings: [] };
  accept(check, fileSchema, [], document.value);
  const parts = entriesOf(document.value);
  const buckets = readBuckets(check, entriesOf(parts.get('buckets')));
  const declared = { buckets, pipelines: options.pipelines };
  const routes = readRoutes(check, parts, declared);
  check.findings.push(...bucketConflicts(buckets), ...routeConflicts(routes), ...outputConflicts(routes));
  throwIfAny(check);
  const warnings = doubtsAbout(buckets, routes, options.now).map(({ path, sentence }) => {
    const place = document.placeOf(path);
    const where = `${file}:${place.line}:${place.column} ${pathText(path)}`;
    return { file, ...place, path: pathText(path), message: `${where}: ${sentence}` };
  });
  return { file, buckets, routes, warnings };
}

/** Every bucket by its name, also where its setting is wrong: routes may refer to it all the same. */
function readBuckets(check: Check, settings: Map<string, unknown>): Bucket[] {
  return [...settings].map(([name, setting]): Bucket => {
    const path = ['buckets', name];
    const fault = bucketNameFault(name);
    if (fault !== null) {
      const expected = `a bucket name by the rules of S3; ${fault}`;
      check.findings.push({ path, state: 'is not a usable name', expected, value: name, atKey: true });
    }
    if (setting === null) {
      const hint = `Write ${name}: {} for a bucket that the stack makes.`;
      check.findings.push({ path, state: 'is empty', expected: '{} or { name: … }', hint, value: null });
      return { name };
    }
    if (typeof setting === 'string') {
      const hint = `Write ${name}: { name: ${setting} }.`;
      const state = `is ${valueText(setting)}`;
      check.findings.push({ path, state, expected: '{} or { name: … }', hint, value: setting });
      return { name };
    }
    const existing = accept(check, bucketSchema, path, setting)?.name;
    return existing === undefined ? { name } : { name, existing };
  });
}

function readRoutes(check: Check, parts: Map<string, unknown>, declared: Declared): Route[] {
  const written = parts.get('defaults');
  const defaults =
    written === undefined ? {} : accept(check, defaultsSchema(declared), ['defaults'], written);
  const settings = entriesOf(parts.get('routes'));
  if (settings.size === 0 && isMapping(parts.get('routes'))) {
    check.findings.push({
      path: ['routes'],
      state: 'has no route',
      expected: 'at least one',
      value: parts.get('routes'),
    });
  }
  const schema = routeSchema(declared);
  return [...settings].flatMap(([name, setting]): Route[] => {
    const path = ['routes', name];
    if (!ROUTE_NAME.test(name)) {
      const expected = 'up to 64 of a-z, 0-9 and hyphens, no hyphen at either end';
      check.findings.push({ path, state: 'is not a usable name', expected, value: name, atKey: true });
    }
    const read = accept(check, schema, path, setting);
    const route = read === null ? null : assembleRoute(name, read, defaults, check.findings);
    return route === null ? [] : [route];
  });
}

/** The value as the schema reads it; null, with what was found wrong added, when it cannot. */
function accept<Schema extends z.ZodType>(
  check: Check,
  schema: Schema,
  path: Path,
  value: unknown,
): z.output<Schema> | null {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  check.findings.push(...findingsOf(result.error, path, value));
  return null;
}

function throwIfAny({ document, findings }: Check): void {
  const { file, placeOf, placeOfKey, isRefused } = document;
  const problems = findings
    .filter(({ path }) => !isRefused(path))
    .map((finding) => problemAt(file, (finding.atKey ? placeOfKey : placeOf)(finding.path), finding));
  const all = [...document.problems, ...problems];
  if (all.length === 0) return;
  throw new RoutesInvalidError(
    file,
    all.sort((a, b) => a.line - b.line || a.column - b.column),
  );
}

function entriesOf(value: unknown): Map<string, unknown> {
  return new Map(isMapping(value) ? Object.entries(value) : []);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
