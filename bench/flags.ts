import { BENCHES, MEASURED } from './registry.ts';

/** What may follow a bench's name. */
export interface Flag {
  takes: 'nothing' | 'a file' | 'a folder' | 'a whole number' | 'a number';
  about: string;
  /** The benches that know it. */
  of: readonly string[];
}

const TIMED = ['hot', 'spread', 'flat'];
const FOUND = BENCHES.filter((name) => name !== 'docs');

export const FLAGS: Readonly<Record<string, Flag>> = {
  json: {
    takes: 'a file',
    about: 'where the result goes; without a file, or with -, to the standard output instead of tables',
    of: FOUND,
  },
  charts: { takes: 'a folder', about: 'where its charts go, as docs/performance.md has them', of: FOUND },
  quick: {
    takes: 'nothing',
    about: 'a rough answer in a fraction of the time',
    of: [...MEASURED, 'soak', 'all'],
  },
  rounds: {
    takes: 'a whole number',
    about: 'how often everything is measured (3); the middle counts',
    of: [...TIMED, 'inside', 'all'],
  },
  events: {
    takes: 'a whole number',
    about: 'new events in a measurement; without it each strategy takes the same time instead',
    of: [...TIMED, 'all'],
  },
  seed: {
    takes: 'a whole number',
    about: 'what the order of cases and strategies is drawn from; without it another one each time',
    of: [...TIMED, 'exact', 'all'],
  },
  minutes: {
    takes: 'a number',
    about: 'how long the soak lasts (2); with it `all` measures the soak too',
    of: ['soak', 'all'],
  },
  again: { takes: 'nothing', about: 'measures also what was measured lately', of: ['all'] },
  help: { takes: 'nothing', about: 'this', of: [...BENCHES, 'all'] },
};
