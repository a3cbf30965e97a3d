import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/{unit,generator}/**/*.test.ts'] } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 600_000 } },
      { test: { name: 'bench', include: ['test/bench/**/*.test.ts'], testTimeout: 120_000 } },
    ],
  },
});
