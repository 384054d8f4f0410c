import type { Service, Usage } from './bill.ts';

/** Functions as serverless.yml has them: their memory (MB), which a test compares. */
export const MEMORY_MB = {
  ingest: 1_769,
  command: 1_769,
  status: 512,
  reconcile: 1_769,
  'check-file-extensions': 512,
  'process-csv': 3_008,
  'collect-results': 512,
} as const;

export type FunctionName = keyof typeof MEMORY_MB;
export type Architecture = 'arm64' | 'x86_64';

/** Calls of one function of the stack, each of `ms`. */
export function invoked(
  name: FunctionName,
  calls: number,
  ms: number,
  architecture: Architecture,
  service: Service = 'Lambda',
): Usage[] {
  return lambda({ name, memoryMb: MEMORY_MB[name], calls, ms, architecture, service });
}

/** Calls of any function. */
export function lambda(function_: {
  name: string;
  memoryMb: number;
  calls: number;
  ms: number;
  architecture: Architecture;
  service: Service;
}): Usage[] {
  const { name, memoryMb, calls, ms, architecture, service } = function_;
  const gbSeconds = calls * (ms / 1_000) * (memoryMb / 1_024);
  const price = architecture === 'arm64' ? 'lambdaGbSecondsArm64' : 'lambdaGbSecondsX86';
  return [
    { service, what: `calls of ${name}`, price: 'lambdaRequests', quantity: calls },
    { service, what: `GB-seconds of ${name}`, price, quantity: gbSeconds },
  ];
}
