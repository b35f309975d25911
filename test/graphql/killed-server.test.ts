import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createVisitor } from '../harness.ts'
import type { Visitor } from '../harness.ts'
import { startProcess } from '../process.ts'

const set =
  'mutation ($value: JSON!) { setSessionValue(key: "text", value: $value) { __typename } }'
const look = '{ session { id keys value(key: "text") } }'
/** Large enough that a write takes more than one block of the disk. */
const text = (letter: string) => letter.repeat(20_000)

// What counts is how many writes are under way when the server dies: as many writers as a start is dear.
const kills = 25
const writers = 20

test(
  `a server that is killed with -9 while it writes files leaves every session whole: ${kills} kills, ${writers} writers`,
  { tags: ['H13'], meta: { engine: 'the file engine' }, timeout: 600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-killed-'))
    const environment = { SESSION_ENGINE: 'file', SESSION_FILE_PATH: join(folder, 'sessions') }
    let visitors: Visitor[] = []
    try {
      for (let round = 0; round <= kills; round++) {
        const server = await startProcess(folder, environment)
        const endpoint = `${server.url}/graphql`
        // Each visitor who had a session has it still, with one of the texts that were written, whole.
        visitors = visitors.map(({ cookie }) => createVisitor(endpoint, 'sessionid', cookie))
        for (const visitor of visitors) {
          const { status, data } = await visitor.send(look)
          expect(status).toBe(200)
          expect(data.session.keys).toEqual(['text'])
          expect(data.session.value).toBe(text(data.session.value[0]))
        }
        visitors = visitors.slice(-writers / 2)
        while (visitors.length < writers) {
          const newcomer = createVisitor(endpoint, 'sessionid', null)
          await newcomer.data(set, { value: text('a') })
          visitors.push(newcomer)
        }
        if (round === kills) {
          await server.stop()
          continue
        }
        let isOver = false
        const writing = visitors.map(async (visitor) => {
          for (let at = 0; !isOver; at++) {
            const value = text('abcdef'[at % 6]!)
            await visitor.send(set, { value }).catch(() => (isOver = true))
          }
        })
        await sleep(20 + Math.random() * 40)
        server.child.kill('SIGKILL')
        await server.ended
        isOver = true
        await Promise.all(writing)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
