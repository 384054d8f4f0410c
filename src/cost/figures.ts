/**
 * What one event, batch or call takes: figures that are no prices. Those that the product itself decides were measured
 * on its real service (test/cost holds them against it); durations on Lambda are assumed, for they were not measured on
 * AWS. A file of prices may set any of them.
 */
export const FIGURES = {
  /** Measured: a record without its events (bytes). */
  recordBytes: 215,
  /** Measured: one more event in it, with dated keys of about 50 characters (bytes). Random names take about twice. */
  eventBytes: 33,
  /** Measured: a batch's item, and a partition's (bytes). */
  batchItemBytes: 820,
  partitionItemBytes: 400,
  /** Measured: what a function logs of itself in one invocation, and more for each batch (bytes). */
  logBytes: 450,
  batchLogBytes: 500,
  /** Assumed: Lambda's own lines about an invocation: START, END, REPORT (bytes). */
  platformLogBytes: 350,
  /** Assumed: an event of S3 as EventBridge and SQS carry it (bytes). */
  noticeBytes: 1_100,
  /** Assumed: invocations of ingest that share a burst of more than ten files; its concurrency is limited to three. */
  ingestSharing: 3,
  /** Assumed: commits that lose their put to another writer and try again, where a burst is shared. */
  lostRaces: 0.25,
  /** Assumed durations (ms): ingest, and more for each commit and event in it. */
  ingestMs: 10,
  commitMs: 40,
  eventMs: 0.05,
  /** Assumed durations (ms). */
  commandMs: 60,
  statusMs: 30,
  reconcileMs: 300,
  reconcilePartitionMs: 3,
  /** Assumed durations of the shipped pipeline's steps (ms): each, and process-csv more for each file. */
  checkMs: 300,
  collectMs: 300,
  processMs: 500,
  processFileMs: 5,
  /** Assumed: what Step Functions itself takes for each state of an Express execution (ms). */
  expressStateMs: 20,
  /** Assumed: long polls of an idle queue at a time (Lambda starts with five), each of this long (s). */
  pollers: 5,
  pollSeconds: 20,
};

export type FigureName = keyof typeof FIGURES;
export type Figures = Record<FigureName, number>;

export const FIGURE_NAMES: readonly FigureName[] = Object.keys(FIGURES).filter(isFigureName);

/** The least that each may be, where that is more than 0. */
const LEAST: Partial<Figures> = {
  recordBytes: 1,
  eventBytes: 1,
  batchItemBytes: 1,
  partitionItemBytes: 1,
  noticeBytes: 1,
  ingestSharing: 1,
  // Lambda charges for a millisecond at least.
  ingestMs: 1,
  commandMs: 1,
  statusMs: 1,
  reconcileMs: 1,
  checkMs: 1,
  collectMs: 1,
  processMs: 1,
  pollers: 1,
  pollSeconds: 1,
};

export function leastOf(name: FigureName): number {
  return LEAST[name] ?? 0;
}

function isFigureName(name: string): name is FigureName {
  return Object.hasOwn(FIGURES, name);
}
