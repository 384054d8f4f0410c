import { CommandFailedError } from '../commands/in-process.ts';
import { DeliveryFailedError } from '../objects/watch-problems.ts';

/** What went wrong a short while ago: what lasts is told again within that time, what healed is forgotten. */
export interface RecentProblems {
  /** Keeps the problem, and hands it on. */
  note(problem: Error): void;
  /** One sentence each, the newest last; of one that came several times, the last. */
  sentences(): string[];
}

/** Longer than the longest wait between two attempts of a command or a delivery. */
export const RECENT_MS = 120_000;
const KEPT_MAX = 20;

export function recentProblems(
  now: () => number,
  handOn: (problem: Error) => void = () => {},
): RecentProblems {
  const kept = new Map<string, { at: number; sentence: string }>();
  return {
    note(problem) {
      const key = keyOf(problem);
      kept.delete(key);
      kept.set(key, { at: now(), sentence: problem.message });
      const [oldest] = kept.keys();
      if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
      handOn(problem);
    },
    sentences() {
      for (const [key, { at }] of kept) if (now() - at > RECENT_MS) kept.delete(key);
      return [...kept.values()].map(({ sentence }) => sentence);
    },
  };
}

/** The same for every attempt at the same thing. */
function keyOf(problem: Error): string {
  if (problem instanceof CommandFailedError) return JSON.stringify(problem.command);
  return problem instanceof DeliveryFailedError ? problem.name : problem.message;
}
