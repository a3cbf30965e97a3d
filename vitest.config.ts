import { defineConfig } from 'vitest/config';

const globalSetup = ['test/setup.ts'];

export default defineConfig({
  test: {
    // Most of the time goes into other processes, of which two cores run two.
    maxWorkers: 2,
    reporters: ['default', './test/summary.ts'],
    tags: [{ name: 'all', description: 'Runs in `npm run test:all`, not in `npm test`.' }],
    coverage: {
      provider: 'v8',
      include: ['generators/**/*.ts'],
      reporter: ['text-summary', 'html'],
      // Of the unit tests: the others run the build, in processes of their own. What fast-check tries is chance, so the
      // same code has half a percent more on some days.
      thresholds: { lines: 70, branches: 66 },
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,generator}/**/*.test.ts'],
          globalSetup,
          testTimeout: 60_000,
          // They start programs, and wait: two at a time leave a third of both cores idle.
          maxWorkers: 4,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup,
          testTimeout: 300_000,
          // Servers start, and are waited for.
          maxWorkers: 4,
          // Of tests that say they can run beside each other: they wait more than they work.
          maxConcurrency: 4,
          hookTimeout: 900_000,
        },
      },
      { test: { name: 'peers', include: ['test/peers/**/*.test.ts'], globalSetup } },
      {
        test: {
          name: 'bench',
          include: ['test/bench/*.test.ts'],
          globalSetup,
          testTimeout: 120_000,
          // After all others: what runs beside it would be measured, too.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'serving',
          include: ['test/bench/serving/*.test.ts'],
          globalSetup,
          disableConsoleIntercept: true,
        },
      },
      {
        test: {
          name: 'transformers',
          include: ['test/bench/transformers/*.test.ts'],
          globalSetup,
          disableConsoleIntercept: true,
        },
      },
      { test: { name: 'images', include: ['test/images/**/*.test.ts'], globalSetup } },
    ],
  },
});
