import type { Bench, Section } from '../bench.ts';
import { measureAnswers } from './answers.ts';
import { measureFlood } from './flood.ts';
import { measureStartUp } from './start-up.ts';

/** Times that each call of the API is measured. */
const TIMES = { quick: 20, full: 100 };

export const server: Bench = {
  name: 'server',
  about: 'the laptop’s server from outside: files a second, start-up with a history, answers of the API',
  async run({ quick, say }): Promise<Section[]> {
    const floods = await measureFlood({ quick, say });
    const answers: Section[] = [];
    const startUp = await measureStartUp(quick, say, async (place, history) => {
      answers.push(await measureAnswers(place, history, quick ? TIMES.quick : TIMES.full, say));
    });
    return [...floods, startUp, ...answers];
  },
};
