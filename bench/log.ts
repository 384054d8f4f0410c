import { decide } from '../src/core/decide.ts';
import type { LogRecord } from '../src/core/window.ts';
import { createSeen } from '../src/service/seen.ts';
import { openEmbeddedTable } from '../src/table/embedded.ts';
import { markerAndCounter, type Rival, theLog } from './rivals.ts';
import { median, printTable } from './table.ts';
import { microBatches, POLICY } from './workload.ts';

/** Events per micro-batch, concurrent callers, events in all. */
const CASES = [
  { k: 1, c: 1, events: 600 },
  { k: 10, c: 1, events: 3000 },
  { k: 100, c: 1, events: 10_000 },
  { k: 1, c: 16, events: 2000 },
  { k: 10, c: 16, events: 6000 },
  { k: 100, c: 16, events: 20_000 },
];
const ROUNDS = 3;

interface Measured {
  perSecond: number;
  p50: number;
  p99: number;
  unitsPerEvent: number;
}

/**
 * The log against a marker item and a counter per event, on dynalite in this process, interleaved round by round.
 * Compare only within one run: client and server share the machine's cores.
 */
async function bench(): Promise<void> {
  const rows: string[][] = [];
  for (const { k, c, events } of CASES) {
    const rounds: { log: Measured; rival: Measured }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({
        log: await measure((table) => theLog(table, `log-${round}`), k, c, events),
        rival: await measure(
          (table) => markerAndCounter(table, `rival-${round}`),
          k,
          c,
          Math.min(events, 600),
        ),
      });
    }
    const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick));
    rows.push([
      `k=${k} c=${c}`,
      of(({ log }) => log.perSecond).toFixed(0),
      of(({ rival }) => rival.perSecond).toFixed(0),
      `${of(({ log, rival }) => log.perSecond / rival.perSecond).toFixed(1)}×`,
      `${of(({ log }) => log.p50).toFixed(1)} / ${of(({ log }) => log.p99).toFixed(1)}`,
      of(({ log }) => log.unitsPerEvent).toFixed(3),
      of(({ rival }) => rival.unitsPerEvent).toFixed(2),
      `${of(({ log, rival }) => rival.unitsPerEvent / log.unitsPerEvent).toFixed(0)}×`,
    ]);
  }
  printTable(
    [
      'case',
      'log ev/s',
      'marker+counter ev/s',
      'faster',
      'log p50/p99 ms',
      'log WCU/ev',
      'marker WCU/ev',
      'cheaper',
    ],
    rows,
  );
  printTable(
    ['decision and dedupe, one thread', 'events/s'],
    [['k=100, N=100', decisionsPerSecond().toFixed(0)]],
  );
}

async function measure(
  make: (table: Awaited<ReturnType<typeof openEmbeddedTable>>) => Rival,
  k: number,
  c: number,
  events: number,
): Promise<Measured> {
  const table = await openEmbeddedTable();
  try {
    const rival = make(table);
    const batches = microBatches(events, k, 1);
    const latencies: number[] = [];
    const start = performance.now();
    const caller = async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        const asked = performance.now();
        await rival.count(batch);
        latencies.push(performance.now() - asked);
      }
    };
    await Promise.all(Array.from({ length: c }, caller));
    const seconds = (performance.now() - start) / 1000;
    latencies.sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? 0;
    return {
      perSecond: events / seconds,
      p50: at(0.5),
      p99: at(0.99),
      unitsPerEvent: rival.units() / events,
    };
  } finally {
    await table.close();
  }
}

/** How many events a second one thread can look up, decide and remember, without encoding or a table. */
function decisionsPerSecond(): number {
  const batches = microBatches(400_000, 100, 7);
  const seen = createSeen();
  let tail: LogRecord | null = null;
  let events = 0;
  const start = performance.now();
  for (const batch of batches) {
    const fresh = batch.filter((event) => seen.recordsWith(event).length === 0);
    if (fresh.length === 0) continue;
    const command = { kind: 'append', events: fresh, policy: POLICY, newEpoch: '0' } as const;
    const decided = decide({ route: 'sales', partition: '' }, tail, command, Date.now());
    if (decided.kind !== 'record') throw new Error('An append was not decided.');
    tail = decided.record;
    seen.add(tail);
    events += fresh.length;
  }
  return events / ((performance.now() - start) / 1000);
}

await bench();
