import { FLAGS } from './flags.ts';
import { benches, DEFAULT, find } from './registry.ts';

const ALL_ABOUT = 'what docs/performance.md shows, each kept in docs/performance/; goes on where it stopped';

/** How to ask for a bench; without a name, which there are. @throws UnknownBenchError */
export async function helpText(name?: string): Promise<string> {
  if (name !== undefined) {
    const about = name === 'all' ? ALL_ABOUT : (await find(name)).about;
    return [`npm run bench -- ${name} [flags]`, '', about, '', ...flagLines(name)].join('\n');
  }
  const names = (await benches()).map((bench) => line(bench.name, bench.about));
  return [
    'npm run bench -- [name] [flags]',
    '',
    ...names,
    line('all', ALL_ABOUT),
    '',
    `Without a name: ${DEFAULT}. With --help a bench tells its flags.`,
    'Everything runs on this machine; compare only within one run.',
  ].join('\n');
}

function flagLines(bench: string): string[] {
  return Object.entries(FLAGS)
    .filter(([, { of }]) => of.includes(bench))
    .map(([flag, { takes, about }]) => {
      const value = takes === 'nothing' ? '' : `=${takes.split(' ').at(-1)}`;
      return line(`--${flag}${value}`, about);
    });
}

function line(what: string, about: string): string {
  return `  ${what.padEnd(16)} ${about}`;
}
