/** One measurement of the bench `growth`, alone in its process, so that memory is its own. */
import { measure, type Work } from './work.ts';

const work = JSON.parse(process.argv[2] ?? '') as Work;
console.log(JSON.stringify(await measure(work)));
process.exit(0);
