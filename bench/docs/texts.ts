/** The words of docs/performance.md around the tables; the figures come from the results. */

export const INTRO = `# Performance

How exact, how cheap, how late and how fast: measured with the product's own code, beside the usual ways to do the same.
This page, its charts and its tables are written by \`npm run bench -- docs\` from the results in
[performance/](performance/); no figure in it is typed by hand. \`npm run bench -- all\` measures them anew.`;

/** Benches that answer one question, with what there is to say about it. */
export interface Chapter {
  title: string;
  text: string;
  benches: string[];
}

export const CHAPTERS: readonly Chapter[] = [
  {
    title: 'Is every event counted once?',
    text: `After each measurement the table is read and compared with what was delivered: events lost, events counted once
too often, batches that are not of 100. All stays right as long as nothing dies; then a counter that is one request and a marker
that is another come apart.`,
    benches: ['exact'],
  },
  {
    title: 'What does counting cost, and how fast is it?',
    text: `One put for a whole micro-batch is what makes it cheap; terse, deflated records are what makes it cheaper the more
events come together. All events of the first charts go to one partition: the hardest case for everybody who counts. In the tables
below, events are spread over 50 partitions too, so that a put holds only what a micro-batch has for one of them. That is where the
log gains least.

The whole bill, with queue, functions and executions, is in [costs.md](costs.md): there the size of a batch decides.`,
    benches: ['hot', 'spread'],
  },
  {
    title: 'What grows with what?',
    text: `The size of a window, the length of a log, the number of partitions and a backlog should not change what an event
costs. Where events are spread over partitions each is a record of its own; and a process remembers where 20,000 of them stand,
so with more it looks at the end of a log before it can write to it.`,
    benches: ['growth', 'flat'],
  },
  {
    title: 'How late is a window closed?',
    text: `A deadline is kept by a timer, on AWS by a delayed message, and closes the window though nothing arrives any more. The
emulator looks at its queues once a second; "woken" is what is left when it is made to look more often.`,
    benches: ['lateness', 'lateness-aws'],
  },
  {
    title: 'What does a laptop take?',
    text: 'The real `spillway start` as its user starts it, seen from outside.',
    benches: ['server', 'soak'],
  },
  {
    title: 'CSV to Parquet',
    text: 'The shipped pipeline’s main step against the simplest alternatives.',
    benches: ['csv'],
  },
  {
    title: 'Inside one process',
    text: 'What is left when table and network are taken away, and what a function has to load before it can begin.',
    benches: ['inside', 'functions'],
  },
];

/** Why an aim was not reached, by its words. */
export const WHY_MISSED: readonly { of: RegExp; why: string }[] = [
  {
    of: /99 in a transaction, k=1( c=1)?$/,
    why:
      'With one event in a request it is one request against one request, and most of either is the way there and back: the ' +
      'system’s write to the loopback alone is half of the processor’s time. "bare put" in the tables counts nothing and is ' +
      'hardly faster than the log, so nobody who asks once per event would reach this aim here.',
  },
  {
    of: /^s to listen/,
    why: 'Most of it is loading. Larger young generations make it faster, and the server hundreds of MB larger.',
  },
  {
    of: /^MB that its memory grows/,
    why:
      'Files that stay where they are leave a digest of their path behind, so that they are not counted anew. All else that ' +
      'is remembered has a bound in number or in time.',
  },
  {
    of: /^ms for 100 CSV files/,
    why:
      'The engine alone, told the columns and checking nothing, takes the time in the second row. Reading, scanning and ' +
      'storing share two cores with it.',
  },
];

export const HELPED = `## What helped, and what did not

Where a figure was missed, a CPU profile, a heap snapshot or a count of requests said why. What made the difference:

- **One put for all who wait.** Callers in one process that wait for the same partition share the next record.
- **Terse, deflated records.** Bucket, folders and ids are written once, times as differences. Most records are small:
  setting up deflate's usual window cost more than deflating them, so they get a small one.
- **What is at hand is not read.** Events of open windows and identities of recent events stay in memory, in flat arrays and
  within a bound over all partitions; a batch that closes is not read back for its input.
- **Reconcile reads what closed lately and what has not ended**, not the batches of two days: it was half of DynamoDB's
  price, and most of it where windows are small.
- **A process that met others looks first**, and waits after a lost race, the longer the fewer records it gets. Exponential
  back-off was slower. Who only finds its tail out of date does not wait: that made two processes over 50 prefixes two to
  three times as fast.
- **Folders are watched, not files.** A watch and an entry for each file cost 600 bytes, and every burst a look at all of them.
- **Small CSV files are read once**, and scanned for trouble while DuckDB reads them already; only where something does not
  fit they are looked at one by one.
- **What is old is forgotten** even where there is room: identities after a quarter of an hour, and what listeners may have
  missed after some minutes. Until then a server grew with every file.
- **Timers are armed beside the work** at a start. A server with 10,000 open windows listened half a second later before.
- **Cold starts** load what is needed later from files of their own, and find routes.yml checked when the stack was packaged.

Tried and left: an index of batches that have not ended (its writes cost more than the reads it spares); fewer writes beside the
log (each of them spares a dearer look later); letting other writers in from time to time (fairer, and up to a fifth slower);
smaller row groups and newer Parquet pages (larger files, or such that not every reader takes); one LevelDB read for each query
(no gain that could be told from noise).`;

export const HOW = `## How it was measured

Micro-batches of 1, 10 or 100 events (k) are delivered by 1 to 16 callers (c), each of which waits for its answer before
it delivers the next. Two in a hundred events are delivered a second time, the same ones to every strategy: one micro-batch
in fifty, and of a hundred events a fifth of one in ten. Batches have 100 events. With 50 prefixes windows are partly full
from the start, as one finds them at any time; filling them is not measured. All strategies get the same events, on a table
of their own, one after the other, in several rounds; each round begins with another strategy. Tables
show the middle of the rounds, comparisons the middle of the ratios within each round.

\`all\` takes about twenty-five minutes. The soak is measured apart, with \`npm run bench -- soak --minutes=60\`, and ran beside
others of these benches.

Client and server share one machine, which others use too, so times mean little on their own and nothing across runs. Request units are exact:
they are billed as AWS bills them where the local engine says otherwise. A transaction costs two units a KB of each item,
cancelled or not; a condition that fails costs as much as the larger of the stored and the attempted item.`;

export const STRATEGIES_HEAD = `### The strategies

| strategy | how |
|---|---|`;

export const STRATEGIES_NOTES = `- The rivals keep connections alive, remember where a window stands, and retry only what was refused. Nobody makes them pay
  for finding what a batch holds; ours knows it or reads it back, as it must to start the execution.
- The two with markers count how many there were, not which. Their batches are not compared, only their counts.
- "bare put" looks at the first event of a micro-batch only, so it may lose or double what comes again. It is a floor, not a way to
  count.
- "one process" is one function instance or the laptop's server: callers that wait for the same partition share a put.
  The others are as many processes as callers, which race each other.
- DynamoDB Local never reports a conflict between transactions, which on AWS makes the first two slower with several callers.`;

export const CEILING = `DynamoDB takes 1,000 write units a second for one \`pk\`, and a partition's log is one. So the ceiling is 1,000 over the
units that an event takes: it depends on how many events share a put. The other limit is time: one put after the other, an
answer in 5 to 10 ms, makes 100 to 200 puts a second. Ten events in a put are then 1,000 to 2,000 events a second, a hundred
10,000 to 20,000, and with a thousand the write units are the nearer limit. More writers do not raise either: they race for
the same next record.

Plan with 10,000 events a second for one partition. What to do as they come nearer:

1. Let more events share a put. The shared queue hands over up to 1,000 at once, and does so by itself when many wait; a longer
   \`--param=window=5\` gathers more where few do. Within one process, as on a laptop, callers that wait share the next put.
2. Keep a flood from the others with \`queue: dedicated\`, which also keeps the others' backlog from a route that must be
   quick. It is read in tens by two consumers, so it takes 1,000 to 2,000 events a second: the hottest route of all stays on the
   shared queue.
3. Above it, a finer pattern: \`prefix: partners/{partner}/\` or a prefix per hour instead of \`partners/\`. Each value has a log, a
   \`pk\` and a ceiling of its own, and windows of its own.`;
