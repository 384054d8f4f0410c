import type * as z from 'zod';
import type { WhereAnswer, WriteAnswer } from '../queries/where.ts';
import type { Hop } from '../queries/where-hops.ts';
import type { WhyAnswer } from '../queries/why.ts';
import type { WhyCondition } from '../queries/why-conditions.ts';
import type { fileWrite, WhereResponse, WhyResponse } from './answer-schemas.ts';
import { iso, isoIf, windowRow } from './answers.ts';
import { SCHEMA_VERSION } from './schemas.ts';

const schemaVersion = SCHEMA_VERSION;

export function whyAnswer({ now, conditions, window, ...rest }: WhyAnswer): WhyResponse {
  return {
    schemaVersion,
    now: iso(now),
    ...rest,
    conditions: conditions.map(conditionRow),
    window: window && windowRow(window, now),
  };
}

function conditionRow(condition: WhyCondition) {
  return { ...condition, at: isoIf(condition.at) };
}

export function whereAnswer(answer: WhereAnswer): WhereResponse {
  const { bucket, key, state, sentence, routed, object, nearest, writes, searchedFrom } = answer;
  return {
    schemaVersion,
    bucket,
    key,
    state,
    sentence,
    route: routed?.route,
    partition: routed?.partition,
    object: object && { size: object.size, lastModified: iso(object.lastModified) },
    nearest: nearest ?? undefined,
    writes: writes.map(writeRow),
    searchedFrom: isoIf(searchedFrom ?? undefined),
  };
}

function writeRow({ state, sentence, write, hops }: WriteAnswer): z.infer<typeof fileWrite> {
  const { size, etag, versionId, sequencer, time } = write.event;
  return { state, sentence, size, etag, versionId, sequencer, time: iso(time), hops: hops.map(hopRow) };
}

function hopRow(hop: Hop) {
  return { ...hop, at: isoIf(hop.at), deadline: isoIf(hop.deadline) };
}
