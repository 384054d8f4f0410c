import { type Check, isReached, type Results } from '../figures/figures.ts';
import type { Sample } from '../server/soak.ts';
import { cellText } from '../table.ts';
import { numberIn, tableIn, tableOf } from './found-table.ts';

interface Reason {
  of(check: Check): boolean;
  why(results: Results, check: Check): string;
}

const REASONS: readonly Reason[] = [
  {
    of: ({ about, what }) => about !== 'price' && /99 in a transaction, log alone, k=1( c=1)?$/.test(what),
    why: oneRequest,
  },
  {
    of: ({ what }) => /^p99 in ms/.test(what),
    why: () => 'The aim is one for an idle machine. This one has other users.',
  },
  { of: ({ about }) => about === 'processor time', why: othersCompute },
  { of: ({ what }) => /^s to listen/.test(what), why: loading },
  { of: ({ what }) => /^MB that its memory grows/.test(what), why: outsideTheHeap },
  { of: ({ what }) => /^ms for 100 CSV files/.test(what), why: engineAlone },
];

/** Why an aim was missed, in a sentence or two; nothing where we do not know, or did not measure. */
export function whyMissed(check: Check, results: Results): string {
  if (check.measured === null) return '';
  return REASONS.find(({ of }) => of(check))?.why(results, check) ?? '';
}

/** From the first quarter on, as the line is drawn. */
function outsideTheHeap(results: Results): string {
  const samples = (results.get('soak')?.rows ?? []) as readonly Sample[];
  const settled = samples.slice(Math.floor(samples.length / 4));
  const heaps = settled.flatMap(({ heap }) => heap ?? []);
  const [first, last] = [heaps[0], heaps.at(-1)];
  const digests = 'a file that stays in its folder leaves a digest of its path behind';
  if (first === undefined || last === undefined) return `Among other things, ${digests}.`;
  return `The heap, with all that is remembered, grew by ${cellText(last - first)} MB meanwhile: ${digests}. The rest is memory outside the heap that native code took and did not give back.`;
}

/** Both ask once per event; what the SDK adds to either request is the same. */
function oneRequest(results: Results): string {
  const table = tableIn(results, 'What one request takes');
  const number = (name: string, request: string, client: string) => numberIn(table, name, request, client);
  const [put, transaction] = ['conditional put', 'transaction of two items'];
  const [sdk, bare] = ['AWS SDK', 'bare HTTP'];
  const times = [put, transaction].map((request) => ({
    sdk: number('p50 ms', request, sdk),
    bare: number('p50 ms', request, bare),
  }));
  const [ours, theirs] = times;
  const shared =
    'With one event in a request, one put stands against one transaction of two items, and both go through the same AWS SDK.';
  if (!ours?.sdk || !ours.bare || !theirs?.sdk || !theirs.bare) {
    return `${shared} The SDK’s own time is in both, and hides part of the difference.`;
  }
  const micros = (client: string) => number('CPU µs', put, client);
  const [all, without] = [micros(sdk), micros(bare)];
  const own =
    all !== null && without !== null && all > without
      ? `, where ${cellText(Math.round(all - without))} of the ${cellText(Math.round(all))} µs of CPU of a put are the SDK’s own (signing, middleware)`
      : '';
  const of = (a: number, b: number) => `${cellText(a)} and ${cellText(b)} ms: ${ratioText(a / b)}`;
  return `${shared} Through the SDK they take ${of(ours.sdk, theirs.sdk)}${own}. By bare HTTP they take ${of(ours.bare, theirs.bare)}.`;
}

function ratioText(value: number): string {
  return `a ratio of ${value.toFixed(2)}`;
}

function othersCompute(_: Results, check: Check): string {
  const { aim, range } = check;
  if (!range) return '';
  const best = aim.is === 'at least' ? range[1] : range[0];
  const verdict = isReached({ aim, measured: best }) ? 'reaches it' : 'does not reach it either';
  return `The best round, ${cellText(best)}, ${verdict}. Others use this processor and its caches too, which can only make a round slower.`;
}

function loading(results: Results): string {
  const table = tableOf(results.get('server'), 'Start-up');
  const without = numberIn(table, 'listens s', 0, 0, 'an orderly stop, again');
  if (without === null) return '';
  return `${cellText(without)} s of it pass without any history, too: the program is loaded. The rest opens the table and arms a timer for every open window.`;
}

function engineAlone(results: Results): string {
  const table = tableOf(results.get('csv'), '100 CSV files');
  const floor = numberIn(table, 'warm ms', 'DuckDB, columns told, no checks');
  if (floor === null) return '';
  return `DuckDB alone, told the columns and checking nothing, takes ${cellText(floor)} ms. Reading, checking and storing share the two cores with it.`;
}
