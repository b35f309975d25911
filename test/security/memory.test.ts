import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createVisitor } from '../harness.ts'
import { startProcess } from '../process.ts'

/** A valid document of nearly a thousand tokens that no other is like. */
const documentOf = (seed: number) =>
  `{ session { value(key: "a", default: [${Array.from({ length: 980 }, (_, at) => seed + at).join(' ')}]) } }`

// Kept whole, three hundred of these fill as much: Yoga as it comes ends here with an exhausted heap.
test(
  'documents that are all different do not fill the memory',
  { tags: ['E17', 'K5'] },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-memory-'))
    const server = await startProcess(folder, { NODE_OPTIONS: '--max-old-space-size=128' })
    try {
      const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', null)
      for (let seed = 0; seed < 800; seed += 10) {
        const answers = await Promise.all(
          Array.from({ length: 10 }, (_, at) => visitor.send(documentOf((seed + at) * 1000))),
        )
        expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
      }
      expect(server.child.exitCode).toBeNull()
    } finally {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
