import { withRoutes } from './configurations.ts';

const route = (settings: string) => withRoutes({ a: `{ bucket: landing, prefix: a/, ${settings} }` });
const flush = (settings: string) => route(`flush: [{ ${settings} }]`);
const cron = (expression: string) => flush(`cron: "${expression}"`);
const batch = (settings: string) => route(`batch: { ${settings} }`);
const prefix = (text: string) => withRoutes({ a: `{ bucket: landing, prefix: "${text}" }` });
const buckets = (text: string) =>
  `buckets: ${text}\nroutes: { a: { bucket: landing, prefix: a/, batch: { count: 1, window: 1h }, pipeline: process-files } }\n`;

/** Configurations that must not pass, by what is wrong with them. Their messages are in bad-configurations.golden. */
export const badConfigurations: Record<string, string> = {
  // YAML itself
  'an empty file': '',
  'only a comment': '# nothing here\n',
  'a text instead of a mapping': 'hello\n',
  'a list instead of a mapping': '- a\n- b\n',
  'a NUL': 'buckets: {}\nroutes:\u0000 {}\n',
  'a tab before a key': 'buckets:\n\tlanding: {}\n',
  'an unclosed quote': 'buckets: { landing: {} }\nroutes:\n  a: { prefix: "a/ }\n',
  'an unclosed brace': 'buckets: { landing: {}\nroutes: {}\n',
  'a key out of its column': 'buckets:\n  landing: {}\n curated: {}\nroutes: {}\n',
  'an unknown escape': route('suffixes: ["\\q"]'),
  'two documents': `${withRoutes({ a: '{ bucket: landing, prefix: a/ }' })}---\nroutes: {}\n`,
  'a YAML 1.1 directive': '%YAML 1.1\n---\nbuckets: {}\n',
  'an anchor and an alias': 'buckets: &b { landing: {} }\nroutes: *b\n',
  'an alias bomb': 'a: &a [x, x]\nb: &b [*a, *a]\nbuckets: [*b, *b]\n',
  'a merge key': withRoutes({ a: '{ <<: { bucket: landing }, prefix: a/ }' }),
  'a tag': route('suffixes: !!set { .csv }'),
  'a key twice': route('queue: shared, queue: dedicated'),
  'a route twice':
    'buckets: { landing: {} }\nroutes:\n  a: { bucket: landing, prefix: a/, batch: { count: 1, window: 1h }, pipeline: process-files }\n  a: {}\n',
  'a list as a key': 'buckets: { landing: {} }\n? [a, b]\n: 1\nroutes: {}\n',
  'the key __proto__': route('__proto__: { queue: shared }'),
  'the key constructor': route('constructor: 1'),
  'no as a word': route('folderMarkers: no'),
  'on as the name of a route': withRoutes({ on: '{ bucket: landing, prefix: a/ }' }),
  'brackets a thousand deep': `buckets: ${'['.repeat(1_000)}${']'.repeat(1_000)}\n`,
  'parameters forty deep': route(`parameters: { a: ${'['.repeat(40)}${']'.repeat(40)} }`),
  'a megabyte in one line': `buckets: "${'x'.repeat(1_000_000)}"\n`,

  // The file as a whole
  'an unknown key at the top': `${route('queue: shared')}route: {}\n`,
  'no routes': 'buckets: { landing: {} }\n',
  'no route in routes': 'buckets: { landing: {} }\nroutes: {}\n',
  'routes left empty': 'buckets: { landing: {} }\nroutes:\n',
  'a route left empty': withRoutes({ a: '' }),
  'a name in capitals': withRoutes({ Sales: '{ bucket: landing, prefix: a/ }' }),
  'a name that ends in a hyphen': withRoutes({ 'a-': '{ bucket: landing, prefix: a/ }' }),
  'a name of 65 characters': withRoutes({ ['a'.repeat(65)]: '{ bucket: landing, prefix: a/ }' }),
  'a name with a bidirectional override': withRoutes({ 'a\u202eb': '{ bucket: landing, prefix: a/ }' }),
  'an unknown key in defaults':
    'buckets: { landing: {} }\ndefaults: { batchs: {} }\nroutes: { a: { bucket: landing, prefix: a/ } }\n',

  // Buckets
  'a bucket left empty': buckets('{ landing: }'),
  'a bucket with a text': buckets('{ landing: my-bucket }'),
  'an unknown key in a bucket': buckets('{ landing: { nmae: my-bucket } }'),
  'a bucket in capitals': buckets('{ landing: { name: MyBucket } }'),
  'a bucket with an underscore': buckets('{ landing: { name: my_bucket } }'),
  'a bucket of two letters': buckets('{ landing: { name: ab } }'),
  'a bucket like an IP address': buckets('{ landing: { name: 192.168.5.4 } }'),
  'a bucket with two dots': buckets('{ landing: { name: a..b } }'),
  'a bucket with a reserved prefix': buckets('{ landing: { name: xn--abc } }'),
  'a bucket with a reserved suffix': buckets('{ landing: { name: abc-s3alias } }'),
  'a bucket that is a number': buckets('{ landing: { name: 12345 } }'),
  'two names for one bucket': buckets('{ landing: { name: shared }, other: { name: shared } }'),
  'a bucket nobody declared': withRoutes({ a: '{ bucket: lnding, prefix: a/ }' }),
  'a bucket by its outside name': buckets('{ incoming: { name: landing } }'),
  'a route without a bucket': withRoutes({ a: '{ prefix: a/ }' }),

  // Prefixes and suffixes
  'a route without a prefix': withRoutes({ a: '{ bucket: landing }' }),
  'a misspelt key': withRoutes({ a: '{ bucket: landing, prefx: a/ }' }),
  'a key in another case': route('foldermarkers: count'),
  'a prefix that is a number': withRoutes({ a: '{ bucket: landing, prefix: 2026 }' }),
  'a prefix with a slash before it': prefix('/a/'),
  'a prefix with s3://': prefix('s3://landing/a/'),
  'a prefix with ..': prefix('a/../b/'),
  'a prefix with two slashes': prefix('a//b/'),
  'a prefix with a star': prefix('a/*/'),
  'a variable after the last slash': prefix('a/{x}'),
  'a variable twice': prefix('{a}/{a}/'),
  'two variables side by side': prefix('{a}{b}/'),
  'an unclosed variable': prefix('{a/b/'),
  'a variable without a name': prefix('{}/'),
  'a variable with a space': prefix('{a b}/'),
  'a prefix of 1,001 bytes': prefix('é'.repeat(501)),
  'suffixes as a text': route('suffixes: .csv'),
  'a suffix with a star': route('suffixes: ["*.csv"]'),
  'an empty suffix': route('suffixes: [""]'),
  'two routes that tie': withRoutes({
    a: '{ bucket: landing, prefix: "x/{a}/" }',
    b: '{ bucket: landing, prefix: "x/{b}/", suffixes: [.csv] }',
  }),

  // Batches
  'a count of 0': batch('count: 0'),
  'a count of 10,001': batch('count: 10001'),
  'a count with a fraction': batch('count: 1.5'),
  'a count as a text': batch('count: "1_000"'),
  'a count as 1e3': batch('count: 1e3'),
  'a count as 0o14': batch('count: 0o14'),
  'a window without a unit': batch('window: 3600'),
  'a window of 0s': batch('window: 0s'),
  'a window of 15d': batch('window: 15d'),
  'a window as 1:30': batch('window: 1:30'),
  'a window in two units': batch('window: 1h30m'),
  'a window in words': batch('window: 90 minutes'),
  'a window with a minus': batch('window: -1m'),
  'bytes of 0': batch('bytes: 0'),
  'bytes in another spelling': batch('bytes: 64kb'),
  'quiet longer than window': batch('window: 5m, quiet: 1h'),
  'quiet of the defaults longer than window':
    'buckets: { landing: {} }\ndefaults: { batch: { count: 5, window: 1h, quiet: 5m }, pipeline: process-files }\nroutes: { a: { bucket: landing, prefix: a/, batch: { window: 1m } } }\n',
  'no count anywhere':
    'buckets: { landing: {} }\nroutes: { a: { bucket: landing, prefix: a/, pipeline: process-files, batch: { window: 1h } } }\n',
  'a misspelt limit': batch('windw: 5m'),

  // Flushes
  'the textbook cron in five fields': cron('*/30 8-16 * * 2-6'),
  'five fields with Sunday as 0': cron('0 6 * * 0'),
  'five fields with both days': cron('0 6 1 * MON'),
  'two question marks': cron('0 6 ? * ? *'),
  'two stars for the days': cron('0 6 * * * *'),
  'minute 60': cron('60 6 * * ? *'),
  'weekday 0': cron('0 6 ? * 0 *'),
  'the 31st of February': cron('0 0 31 2 ? *'),
  'a rate': cron('rate(5 minutes)'),
  'cron with its parentheses': cron('cron(0 6 * * ? *)'),
  'a cron that is a number': flush('cron: 5'),
  'a city as a time zone': flush('cron: "0 6 * * ? *", timezone: Paris'),
  'a planet as a time zone': flush('cron: "0 6 * * ? *", timezone: Mars'),
  'an offset as a time zone': flush('cron: "0 6 * * ? *", timezone: "+02:00"'),
  'a time zone in another case': flush('cron: "0 6 * * ? *", timezone: europe/paris'),
  'a minimum of 0': flush('cron: "0 6 * * ? *", minEvents: 0'),
  'a flush without cron': flush('timezone: UTC'),
  'a flush that is no list': route('flush: { cron: "0 6 * * ? *" }'),

  // Pipelines and outputs
  'a misspelt pipeline': route('pipeline: proces-files'),
  'a pipeline in capitals': route('pipeline: Process-Files'),
  'an ARN as a name': route('pipeline: "arn:aws:states:eu-west-1:123456789012:stateMachine:X"'),
  'an ARN of a function': route(
    'pipeline: { stateMachineArn: "arn:aws:lambda:eu-west-1:123456789012:function:x" }',
  ),
  'an unknown key beside the ARN': route('pipeline: { stateMachineArn: x, version: 3 }'),
  'no pipeline anywhere':
    'buckets: { landing: {} }\nroutes: { a: { bucket: landing, prefix: a/, batch: { count: 5, window: 1h } } }\n',
  'an output that comes back': route('output: { bucket: landing, prefix: a/done/ }'),
  'an output that another route takes': withRoutes({
    a: '{ bucket: landing, prefix: a/, output: { bucket: curated, prefix: out/ } }',
    b: '{ bucket: curated, prefix: "{any}/", suffixes: [.csv, .parquet] }',
  }),
  'an output with a variable': route('output: { bucket: curated, prefix: "{partner}/" }'),
  'an output without a slash': route('output: { bucket: curated, prefix: sales }'),

  // The rest
  'a type of another database': route('csv: { columns: { a: STRING } }'),
  'a misspelt type': route('csv: { columns: { a: BIGNIT } }'),
  'a decimal that is too wide': route('csv: { columns: { a: "DECIMAL(39,2)" } }'),
  'columns that differ in case only': route('csv: { columns: { Date: DATE, date: DATE } }'),
  'a delimiter of two characters': route('csv: { delimiter: "||" }'),
  'a letter as a delimiter': route('csv: { delimiter: x }'),
  'parameters as a list': route('parameters: [1, 2]'),
  'parameters that are too large': route(`parameters: { note: "${'x'.repeat(17_000)}" }`),
  'parameters that JSON cannot say': route('parameters: { a: .nan, b: 9007199254740993, c: 007 }'),
  'an unknown queue': route('queue: dedicate'),
  'folder markers as a number': route('folderMarkers: 1'),
};
