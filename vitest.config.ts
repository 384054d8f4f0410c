import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Many tests wait for processes, timers and disks: on two cores, the default of one worker leaves both idle.
    maxWorkers: '100%',
  },
});
