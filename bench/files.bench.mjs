import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileStore } from '../dist/session/stores/file.js'
import { ms, quantile } from './setting.mjs'

export const title =
  'A read, a new session and the clearing of expired ones, among few session files and among many'

/** How long the expired ones are cleared, in milliseconds. */
const clearing = 20_000

/**
 * `words`: how many sessions there are, one number after the other; a thousand, 100,000 and a million by default, which takes
 * 8 GB and some ten minutes. Every tenth has expired. What is read lies in the memory of the system, as a rule.
 */
export async function measure(words) {
  const sizes = words.length > 0 ? words.map(Number) : [1_000, 100_000, 1_000_000]
  const root = mkdtempSync(join(tmpdir(), 'coatcheck-files-'))
  try {
    const path = join(root, 'sessions')
    mkdirSync(path, { mode: 0o700 })
    for (let at = 0; at < 256; at++) mkdirSync(join(path, shardOf(at)), { mode: 0o700 })
    const [old, living] = await Promise.all(
      [1_000, Date.now() + 1e9].map((at) => filesOf(root, at)),
    )
    const store = createFileStore({ path })
    const rows = []
    let planted = 0
    for (const size of sizes) {
      const free = freeBytes(root)
      const before = planted
      for (; planted < size; planted++)
        plant(path, idOf(planted), planted % 10 === 9 ? old : living)
      execFileSync('sync', ['-f', root])
      const bytes = (free - freeBytes(root)) / Math.max(1, planted - before)
      rows.push({
        sessions: size,
        'bytes a session': Math.round(bytes),
        ...(await ask(store, size)),
      })
    }
    return { files: rows }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const shardOf = (at) => at.toString(16).padStart(2, '0')
const idOf = (at) => createHash('sha256').update(`file ${at}`).digest('hex')

function freeBytes(root) {
  const { bavail, bsize } = statfsSync(root)
  return bavail * bsize
}

const recordUntil = (expiresAt) => ({
  createdAt: 0,
  lastSeenAt: 0,
  expiresAt,
  absoluteExpiresAt: null,
  auth: null,
  data: { cart: { lines: [], note: 'x'.repeat(240) } },
  expiry: null,
})

/** The files of a session that the store has made. */
async function filesOf(root, expiresAt) {
  const path = mkdtempSync(join(root, 'pattern-'))
  const id = '0'.repeat(64)
  await createFileStore({ path }).create(id, recordUntil(expiresAt))
  const folder = join(path, '00', id)
  return readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) }))
}

function plant(path, id, files) {
  const folder = join(path, id.slice(0, 2), id)
  mkdirSync(folder, { mode: 0o700 })
  for (const { name, content } of files) writeFileSync(join(folder, name), content, { mode: 0o600 })
}

async function ask(store, size) {
  const living = () => {
    const at = Math.floor(Math.random() * size)
    return idOf(at % 10 === 9 ? at - 1 : at)
  }
  const read = async () => {
    if ((await store.load(living())) === null) throw new Error('A session is missing.')
  }
  await times(200, read) // warms up
  const reads = await times(3_000, read)
  const record = recordUntil(Date.now() + 1e9)
  const starts = await times(300, () => store.create(randomBytes(32).toString('hex'), record))
  const begun = performance.now()
  let removed = 0
  for await (const count of store.clearing(Date.now(), () => 10)) {
    removed += count
    if (performance.now() - begun > clearing) break
  }
  const seconds = (performance.now() - begun) / 1000
  return {
    'a read: half, 99 %': spread(reads),
    'a new session': spread(starts),
    'expired removed a second': Math.round(removed / seconds),
  }
}

async function times(count, work) {
  const took = []
  for (let at = 0; at < count; at++) {
    const begun = performance.now()
    await work()
    took.push(performance.now() - begun)
  }
  return took
}

const spread = (values) => [0.5, 0.99].map((q) => ms(quantile(values, q))).join(', ')
