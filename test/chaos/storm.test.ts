import { describe, expect, test } from 'vitest'
import { redisProgram } from '../redis-server.ts'
import { openNote } from '../witness/notes.ts'
import { staff } from './deployment.ts'
import type { Plan } from './deployment.ts'
import { reportOf } from './report.ts'
import { storm } from './run.ts'

const plans: [string, boolean, Plan][] = [
  [
    'the database engine on SQLite',
    false,
    { engine: 'database', database: 'sqlite', cache: 'redis', processes: 2 },
  ],
  [
    'Redis',
    redisProgram === null,
    { engine: 'cache', database: 'sqlite', cache: 'redis', processes: 2 },
  ],
]

// What `npm run chaos` does for minutes, for some seconds. Most of the time nothing is computed, so both run at once.
describe.concurrent.each(plans)('on %s', (engine, isMissing, plan) => {
  test.skipIf(isMissing)(
    `two processes on ${engine} keep every promise while processes, connections and stores fail at random`,
    { tags: ['C3', 'C7', 'H10'], meta: { engine } },
    async () => {
      openNote('password')(staff.password)
      const length = { seed: 14, duration: 10_000, visitors: 4 }
      const aftermath = await storm({ ...plan, ...length, openPrint: () => openNote('print') })
      expect(aftermath.history.faults.length).toBeGreaterThan(0)
      expect(aftermath.history.operations.length).toBeGreaterThan(20)
      if (aftermath.violations.length > 0) throw new Error(reportOf(aftermath))
    },
  )
})
