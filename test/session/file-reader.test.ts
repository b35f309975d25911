import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createFileStore } from '../../src/session/stores/file.ts'
import { recordOf } from './counted-record.ts'

let path: string
let store: SessionStore
let damaged: SessionId[]
let threads: Worker[]
let online: Promise<unknown>[]
const note = (worker: Worker) => {
  threads.push(worker)
  online.push(once(worker, 'online'))
}
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'coatcheck-reader-'))
  damaged = []
  store = createFileStore({ path, onDamage: (id) => damaged.push(id) })
  threads = []
  online = []
  process.on('worker', note)
})
afterEach(async () => {
  process.off('worker', note)
  await store.close?.()
  rmSync(path, { recursive: true })
})

describe('many loads at once', { meta: { engine: 'the file engine' } }, () => {
  test('the file store starts a thread for the fifth load at once, and none for loads one after the other', async () => {
    const id = await create(0)

    for (let turn = 0; turn < 20; turn++) await store.load(id)
    await crowd([id], 4)
    expect(threads.length).toBe(0)
    await crowd([id], 5)
    await crowd([id], 50)

    expect(threads.length).toBe(1)
  })

  test('the listing of the file store starts no thread', async () => {
    for (let count = 0; count < 20; count++) await create(count)

    let listed = 0
    for await (const _entry of store.list!()) listed++

    expect([listed, threads.length]).toEqual([20, 0])
  })

  test('the thread of the file store gives the record, the version, the damage and the absence that the pool gives', async () => {
    const [whole, broken, empty] = [await create(1), await create(2), await create(3)]
    writeFileSync(contentOf(broken), '{"data":{}}')
    writeFileSync(contentOf(empty), '')
    const ids = [whole, broken, empty, newId()]
    const load = () => Promise.all(ids.map((id) => store.load(id)))
    const byPool = await load()
    expect([threads.length, damaged]).toEqual([0, expect.arrayContaining([broken, empty])])

    await untilThread(whole)
    damaged = []
    const byThread = await load()

    expect(byPool).toMatchObject([{ data: { count: 1 } }, null, null, null])
    expect(byThread).toEqual(byPool)
    expect(damaged.toSorted()).toEqual([broken, empty].toSorted())
  })

  test('a session that another process replaces is always found whole by many loads at once, and never in an earlier state', async () => {
    const id = await create(0)
    await untilThread(id)
    const counting = other('count', [id])

    let least = 0
    while (least < 50) {
      const counts = (await crowd([id], 20)).map((found) => Number(found?.data['count']))
      expect(counts.filter((count) => !(count >= least && count <= 50))).toEqual([])
      least = Math.max(...counts)
    }

    expect(await counting).toEqual({ code: 0, lines: [] })
  })

  test('loads go on where the thread of the file store is killed, and no other is started at once', async () => {
    const ids = [await create(0), await create(1)]
    const [thread] = await untilThread(ids[0]!)

    const during = crowd(ids, 100)
    await thread!.terminate()
    const after = await crowd(ids, 100)

    for (const found of [await during, after])
      expect(found.map((one) => one?.data['count'])).toEqual(Array(100).fill([0, 1]).flat())
    expect(threads.length).toBe(1)
  })

  test('a file store that is closed ends its thread, and answers the loads under way', async () => {
    const id = await create(7)
    const [thread] = await untilThread(id)
    const ended = once(thread!, 'exit')

    const loads = crowd([id], 40)
    await store.close?.()

    expect((await loads).map((one) => one?.data['count'])).toEqual(Array(40).fill(7))
    await ended
    expect((await crowd([id], 40)).length).toBe(40)
    expect(threads.length).toBe(1)
  })

  test('a process whose loads had a thread ends by itself, and its loads without rights reject', async () => {
    const id = await create(0)

    expect(await other('crowd', [id])).toEqual({ code: 0, lines: ['loaded 50', 'EACCES 50'] })
  })
})

/** What `times` loads of each of these sessions give, all at once. */
function crowd(ids: readonly SessionId[], times: number) {
  return Promise.all(
    Array(times)
      .fill(ids)
      .flat()
      .map((id: SessionId) => store.load(id)),
  )
}

/** The threads of the store once they read. */
async function untilThread(id: SessionId): Promise<Worker[]> {
  await crowd([id], 50)
  await online[0]
  return threads
}

/** What a process that does `task` printed, and how it ended. */
function other(task: string, ids: SessionId[]) {
  const words = [resolve('test/session/file-worker.mjs'), task, path, ...ids]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise<{ code: number | null; lines: string[] }>((done) =>
    child.on('close', (code) => done({ code, lines: output.split('\n').slice(0, -1) })),
  )
}

async function create(count: number): Promise<SessionId> {
  const id = newId()
  await store.create(id, recordOf(count))
  return id
}

function contentOf(id: SessionId): string {
  const directory = join(path, id.slice(0, 2), id)
  return join(directory, readdirSync(directory).find((name) => name.endsWith('.json')) ?? 'none')
}

function newId(): SessionId {
  return idOf(createKey())
}
