/** Time and chance, handed in so that decisions can be repeated: the system's in a home, a seed's in a simulation. */
export interface Clock {
  /** ms since 1970. */
  now(): number;
  /** Resolves after at least this many ms; it may resolve, and let go of what it holds, when nobody waits for it any more. */
  sleep(ms: number, unwanted?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}
