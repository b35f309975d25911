import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'
import { readPromises } from './test/promise-table.ts'

// The file that Node itself picks: with two copies of graphql-js, an error of one is no error to the other.
export const resolve = {
  alias: [{ find: /^graphql$/, replacement: import.meta.resolve('graphql') }],
}

/** What every project of tests has in common. */
export const everyProject = {
  // For what hangs: a machine that is busy with other work must not fail a test.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 30_000 } },
  // Twice the two cores of CI: three workers leave a fifth of these idle, for they wait for clocks, timeouts and starts.
  maxWorkers: 4,
  // Writes down what servers say, for test/last.
  setupFiles: ['test/witness/sockets.ts'],
}

/** What every run has in common. */
export const everyRun = {
  globalSetup: ['test/witness/folder.ts', 'test/postgresql-data.ts'],
  sequence: { sequencer: LongestFirst },
  // A test that shows a promise of docs/security.md is tagged with its id.
  tags: readPromises().map(({ id, promise }) => ({ name: id, description: promise })),
}

export default defineConfig({
  test: {
    ...everyRun,
    reporters: ['default', './test/tally.ts'],
    projects: [
      {
        resolve,
        test: {
          ...everyProject,
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: ['test/last/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Looks at what all the others wrote down.
        resolve,
        test: {
          ...everyProject,
          name: 'last',
          include: ['test/last/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
