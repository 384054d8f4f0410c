import { expect, it } from 'vitest';

/** Tests of a contract that a driver does not pass, and why. The reason is part of the test report. */
export interface Skip {
  reason: string;
  tests: string[];
}

export interface ContractTests {
  test(name: string, body: () => Promise<void>): void;
  /** Call last: a declared skip that names no test of the contract fails, so that none outlives its test. */
  end(): void;
}

/** `it` for a contract that leaves out what the driver declared. */
export function contractTests(skips: Skip[]): ContractTests {
  const names = new Set<string>();
  return {
    test(name, body) {
      names.add(name);
      const declared = skips.find((skip) => skip.tests.includes(name));
      if (declared === undefined) it(name, body);
      else it.skip(`${name} (skipped: ${declared.reason})`, body);
    },
    end() {
      const unknown = skips.flatMap((skip) => skip.tests).filter((name) => !names.has(name));
      it('every declared skip names a test of the contract', () => expect(unknown).toEqual([]));
    },
  };
}
