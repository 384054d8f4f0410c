import { readFileSync } from 'node:fs';

/** Where the version of what a bench measures, or measures with, is pinned. */
const PINNED = {
  'DynamoDB Local': () =>
    /<artifactId>DynamoDBLocal<\/artifactId>\s*<version>([^<]+)</.exec(
      read('test/emulator/dynamodb-local/pom.xml'),
    )?.[1],
  MiniStack: () => /^ministack==(\S+)/m.exec(read('test/emulator/ministack/requirements.txt'))?.[1],
  dynalite: () => installed('dynalite'),
  'AWS SDK client-dynamodb': () => installed('@aws-sdk/client-dynamodb'),
  DuckDB: () => installed('@duckdb/node-api'),
  'hyparquet-writer': () => installed('hyparquet-writer'),
  esbuild: () => installed('esbuild'),
} as const;

export type Component = keyof typeof PINNED;

const SDK: Component = 'AWS SDK client-dynamodb';

/** What the benches use, the engine apart. */
const USED: Readonly<Record<string, readonly Component[]>> = {
  hot: [SDK],
  spread: [SDK],
  exact: [SDK],
  flat: [SDK],
  server: ['dynalite', SDK],
  soak: ['dynalite', SDK, 'DuckDB'],
  csv: ['DuckDB', 'hyparquet-writer'],
  lateness: ['dynalite', SDK],
  'lateness-aws': ['MiniStack', SDK, 'esbuild'],
  functions: ['esbuild', SDK, 'DuckDB'],
};

export function versionOf(component: Component): string {
  const version = PINNED[component]();
  if (version === undefined) throw new Error(`The version of ${component} is not where it is pinned.`);
  return version;
}

/** Versions of what a bench used. @param engine what stood in for DynamoDB, as {@link engineName} says it */
export function versionsOf(bench: string, engine?: string): Record<string, string> {
  const engines = (['DynamoDB Local', 'dynalite'] as const).filter((name) => engine?.startsWith(name));
  const used = [...engines, ...(USED[bench] ?? [])];
  return Object.fromEntries(used.map((component) => [component, versionOf(component)]));
}

/** Such as `DynamoDB Local 2.6.1`. */
export function engineName(engine: 'DynamoDB Local' | 'dynalite'): string {
  return `${engine} ${versionOf(engine)}`;
}

function installed(name: string): string {
  return (JSON.parse(read(`node_modules/${name}/package.json`)) as { version: string }).version;
}

function read(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}
