import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Each worker starts servers of its own; more of them than cores only wait for each other.
    maxWorkers: 2,
    reporters: ['default', './test/tally.ts'],
  },
})
