/** The words of docs/performance.md that no result changes. Figures come from the results, so none stands here. */

export const INTRO = `# Performance

How exact, how cheap, how late and how fast: measured with the product's own code, beside the usual ways to do the same.
\`npm run bench -- all --minutes=60\` measures it, an hour's soak included, and keeps the results in [performance/](performance/).
Tables, charts, and the sentences that tell figures are generated from them; the other remarks are ours.`;

export const HELPED = `## What helped, and what did not

Where an aim was missed, a CPU profile, a heap snapshot or a count of requests said why. This made a difference:

- **One put for all who wait.** Callers in one process that wait for the same partition share the next record.
- **Terse, deflated records.** Bucket, folders and ids are written once, times as differences. Most records are small, and
  setting up deflate with its usual window took longer than deflating them: they get a small window.
- **Nothing is read that is at hand.** Events of open windows and identities of recent events stay in memory, in flat arrays,
  with one bound over all partitions. A batch that closes is not read back for its input.
- **Reconcile reads what closed lately and what has not ended**, no longer all batches of two days. That had been a large part of
  DynamoDB's price, the larger the smaller the windows.
- **A lost race is followed by a look and a wait.** A process that lost a record to another writer reads what is new, and waits the longer
  the more writers there seem to be. Exponential back-off was slower. A process that was merely out of date does not wait.
- **Folders are watched, not files.** A watch for each file took memory for each, and every burst a look at all of them.
- **Small CSV files are read once.** They are searched for trouble while DuckDB reads them; only if something does not fit, they are
  looked at one by one.
- **Old things are forgotten** also where there is room: identities of events, and what listeners may have missed. Before, a
  server grew with every file.
- **Timers are armed beside the other work** at a start, so a server with many open windows listens sooner.
- **The SDK's client does nothing in vain.** It put its middleware together for each request, and copied each answer for a log that
  nobody keeps. "What the SDK takes of a put" shows it; most of the rest is signing.
- **A start loads what it needs, and two things at a time**: the table's thread beside the rest, with the cache of compiled files; DuckDB,
  what strips types, and tables of characters only when they are needed.
- **Cold starts** load what is needed later from files of their own. routes.yml is checked when the stack is packaged.

Tried and left: an index of batches that have not ended (its writes cost more than the reads that it saves); fewer writes beside
the log (each of them saves a dearer look later); letting other writers in from time to time (fairer, but slower); smaller row
groups and newer Parquet pages (larger files, or files that not every reader takes); one LevelDB read for each query, and
another way to hash for signatures (no gain above the noise).`;

export const HOW = `## How it was measured

- **Work.** Callers (c of them) deliver micro-batches of k events and wait for each answer before they deliver the next. About two of a
  hundred events are delivered again, the same ones to every strategy. Batches have 100 events. With several prefixes, windows are
  partly full from the start, as in a system that has run for a while; filling them is not measured.
- **Rounds.** All strategies get the same events, each on a new table, one after the other, in an order that is drawn anew in each round.
  Tables show the median of the rounds; strategies are compared within each round, and the median of these ratios counts.
- **Noise.** Client and server share one machine, and others use it too. Times mean little on their own and nothing across runs.
- **Request units** do not depend on that. They are billed as AWS bills them where the local engine says otherwise: a transaction costs two
  units a KB for each item, also when it is cancelled; a condition that fails costs as much as the larger of the stored and the attempted item.
- **Time it takes.** About an hour, and an hour's soak apart.`;

export const STRATEGIES_HEAD = `### The strategies

| strategy | how |
|---|---|`;

export const STRATEGIES_NOTES = `- The rivals keep connections alive, remember where a window stands, and try again only what was refused. They are not charged for
  finding what a batch holds; ours is, where it has to read it to start the execution.
- The two with markers count how many events there were, not which. Their batches are not compared, only their counts.
- "bare put" looks only at the first event of a micro-batch, so it may lose or double what comes again. It is a floor, not a way to
  count.
- "one process" is one function instance, or the laptop's server: callers that wait for the same partition share a put.
  In all other rows each caller is a process of its own, and they race each other.
- DynamoDB Local never reports that two transactions got in each other's way. AWS does, and cancels one: with several callers the
  first two strategies would be slower there.`;
