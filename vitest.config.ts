import { defineConfig } from 'vitest/config'
import { readPromises } from './test/promise-table.ts'

export default defineConfig({
  // The file that Node itself picks: with two copies of graphql-js, an error of one is no error to the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: import.meta.resolve('graphql') }] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Each worker starts servers of its own; more of them than cores only wait for each other.
    maxWorkers: 2,
    // A test that shows a promise of docs/security.md is tagged with its id.
    tags: readPromises().map(({ id, promise }) => ({ name: id, description: promise })),
    reporters: ['default', './test/tally.ts'],
  },
})
