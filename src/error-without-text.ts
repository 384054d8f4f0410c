/**
 * An error as it may be logged where keys may not: its name, where it was thrown and what caused it, by name. Messages
 * and fields tell of partitions and objects.
 */
export function errorWithoutText(error: Error): Error {
  const bare = new Error('(left out, as SPILLWAY_LOG_KEYS asks)');
  bare.name = error.name;
  const frames = framesOf(error);
  bare.stack = [`${error.name}: ${bare.message}`, ...frames].join('\n');
  if (error.cause instanceof Error) bare.cause = errorWithoutText(error.cause);
  return bare;
}

function framesOf({ stack = '', message }: Error): string[] {
  // A message may have lines of its own that look like frames.
  const behind = stack.includes(message) ? stack.indexOf(message) + message.length : 0;
  return stack
    .slice(behind)
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
}
