/** The words of docs/performance.md around the tables; the figures come from the results. */

export const INTRO = `# Performance

How fast Spillway is and what its requests to DynamoDB cost, measured with the product's own code beside the usual ways
to count events on a table. This page is written by \`npm run bench -- docs\` from the results in
[docs/performance/](performance/); nothing in it is typed by hand. \`npm run bench -- all\` measures them anew.

## How it was measured

Micro-batches of 1, 10 or 100 events (k) are delivered by 1 to 16 callers (c), each of which waits for its answer before
it delivers the next. Two in a hundred are delivered a second time. Batches have 100 events. All strategies get the same
events, on a table of their own, one after the other, in several rounds; each round begins with another strategy. Tables
show the middle of the rounds, comparisons the middle of the ratios within each round.

Client and server share one machine, so times mean little on their own and nothing across runs. Request units are exact:
they are billed as AWS bills them where the local engine says otherwise. A transaction costs two units a KB of each item,
cancelled or not; a condition that fails costs as much as the larger of the stored and the attempted item.

After each measurement the table is read and compared with what was delivered: events lost, events counted once too often,
batches that are not of 100. A rival may fail this; then its speed is not worth much.`;

export const STRATEGIES_HEAD = `## The strategies

| strategy | how |
|---|---|`;

export const STRATEGIES_NOTES = `- The rivals keep connections alive, remember where a window stands, and retry only what was refused. Nobody makes them pay
  for finding what a batch holds; ours knows it or reads it back, as it must to start the execution.
- The two with markers count how many there were, not which. Their batches are not compared, only their counts.
- "one process" is one function instance or the laptop's server: callers that wait for the same partition share a put.
  The others are as many processes as callers, which race each other.
- DynamoDB Local never reports a conflict between transactions, which on AWS makes the first two slower with several callers.`;

/** What comes before the sections of a bench. */
export const BENCH_INTROS: Readonly<Record<string, string>> = {
  hot: 'All events go to one partition: the hardest case for everybody who counts.',
  spread:
    'Events of a micro-batch go to 50 partitions at random, so a put holds only what a micro-batch has for one of them. This is ' +
    'where the log gains least.',
};

export const CEILING = `DynamoDB takes 1,000 write units a second for one \`pk\`, and a partition's log is one. More callers do not raise that.
Above it, use a finer pattern, such as a prefix per partner or per hour, so that there are more partitions.`;
