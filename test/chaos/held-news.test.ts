import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// A cell of the matrix whose news are late or down proves nothing where they arrive.

/** Says what a connection reads of the commits of another: before one, behind it, and at last. */
const file = `
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
const [one, other] = [1, 2].map(() => new BetterSqlite3(process.argv[1]))
other.exec('CREATE TABLE t (a)')
const version = one.prepare('PRAGMA data_version').pluck()
const before = version.get()
other.exec('INSERT INTO t VALUES (1)')
const isNews = () => version.get() !== before
const said = [isNews()]
await sleep(1000)
isNews()
await sleep(1000)
console.log(JSON.stringify([...said, isNews()]))
`

/** Says in which order a worker hears of two messages until the second is there, and once a second has passed. */
const parent = `
import cluster from 'node:cluster'
if (cluster.isPrimary) {
  const worker = cluster.fork()
  worker.on('message', (heard) => {
    if (heard !== 'here') return console.log(JSON.stringify(heard)), worker.kill()
    worker.send({ kind: 'told', subject: 'sessions' })
    worker.send({ kind: 'question' })
  })
} else {
  const heard = []
  process.on('message', ({ kind }) => {
    heard.push(kind)
    if (kind === 'question') setTimeout(() => process.send(heard), 2000)
  })
  process.send('here')
}
`

function run(news: 'late' | 'down', program: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-news-'))
  try {
    const held = new URL(`held-news.mjs?news=${news}`, import.meta.url).href
    const words = ['--import', held, '--input-type=module', '-e', program, join(folder, 'news.db')]
    return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.each([
  ['late', [false, true], ['question', 'told']],
  ['down', [false, false], ['question']],
] as const)(
  'a process whose news are %s reads so of its SQLite file, and hears so of what its parent passes on',
  (news, ofFile, ofParent) => {
    expect(run(news, file)).toEqual(ofFile)
    expect(run(news, parent)).toEqual(ofParent)
  },
)
