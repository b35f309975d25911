import { defineConfig } from 'vitest/config'
import { everyProject, everyRun, resolve } from '../../vitest.config.ts'

// What must hold between processes, by engine, number of processes and state of the bus. It takes too long for each change.
export default defineConfig({
  test: {
    ...everyRun,
    reporters: ['default', './test/matrix/table.ts'],
    projects: [
      {
        resolve,
        test: { ...everyProject, name: 'tests', include: ['test/matrix/*.matrix.ts'] },
      },
    ],
  },
})
