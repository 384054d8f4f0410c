import { defineConfig } from 'vitest/config';

/** `npm run e2e` runs these; each file starts an emulator and deploys to it. One after the other: they are heavy. */
export default defineConfig({
  test: {
    include: ['test/e2e/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
