import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import type { SessionStore, StoredRecord, Version } from '../../src/session/store.ts'
import { assertWritable } from '../../src/session/stores/file-disk.ts'
import { createFileStore } from '../../src/session/stores/file.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { recordOf } from './counted-record.ts'

const meta = { engine: 'the file engine' }

let folder: string
let path: string
let store: SessionStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-file-'))
  path = join(folder, 'made', 'when', 'missing')
  store = createFileStore({ path })
})
afterEach(() => rmSync(folder, { recursive: true }))

describeSessionStore('file', () => store)

describe('between processes', { meta }, () => {
  test('of four processes that create one id at once, one wins', async () => {
    const ids = Array.from({ length: 50 }, newId)

    const winners = await Promise.all(times(4, () => run('create', ids)))

    expect(winners.flat().sort()).toEqual([...ids].sort())
    for (const id of ids) expect(await countOf(id)).toBe(0)
    expect(leftovers()).toEqual([])
  })

  test('four processes that count in one file at once keep every increment', async () => {
    const id = newId()
    await store.create(id, recordOf(0))

    await Promise.all(times(4, () => run('count', [id])))

    expect(await countOf(id)).toBe(200)
    expect(leftovers()).toEqual([])
  })

  test('a delete ends a session in files for good, whichever process is saving it', async () => {
    const [gate, ids] = [newId(), Array.from({ length: 20 }, newId)]
    for (const id of [gate, ...ids]) await store.create(id, recordOf(0))
    const saving = times(3, () => run('outlast', [gate, ...ids]))
    while ((await countOf(gate)) !== 3); // all of them are there
    await store.delete(gate)

    for (const [at, id] of ids.entries()) {
      while (Number(await countOf(id)) < 10 + at);
      if (at % 2 === 0) await store.delete(id)
      else while ((await deleteAsLoaded(id)) === 'conflict');
      expect(await store.load(id)).toBeNull()
    }

    for (const lines of await Promise.all(saving)) {
      expect(lines.length).toBe(20)
      expect(lines.some((line) => !line.endsWith(' 0'))).toBe(true)
    }
    for (const id of ids) expect(await store.load(id)).toBeNull()
    expect(sessions()).toEqual([])
    expect(leftovers()).toEqual([])
  })

  test(
    'a hundred writers killed while writing leave every file of a session as before or after the write',
    { tags: ['H13'] },
    async () => {
      const shared = newId()
      await store.create(shared, recordOf(0))
      const done = new Map<string, string>()
      let added = 0

      await Promise.all(
        times(4, async () => {
          const counts = new Map([newId(), newId()].map((id) => [id, 0]))
          for (const id of counts.keys()) await store.create(id, recordOf(0))
          for (let round = 0; round < 25; round++) {
            for (const line of await killed([...counts.keys(), shared])) {
              const [id = '', count = ''] = line.split(' ')
              done.set(id, count)
              if (id === shared) added++
            }
            for (const [id, before] of counts) {
              const least = Math.max(before, Number(done.get(id) ?? 0))
              const count = Number(await countOf(id))
              expect([least, least + 1]).toContain(count)
              counts.set(id, count)
            }
            if (round % 5 === 0) await store.clearExpired(Date.now(), 10)
          }
        }),
      )

      expect(done.size).toBeGreaterThan(20)
      expect(await countOf(shared)).toBeGreaterThanOrEqual(added)
      expect(await countOf(shared)).toBeLessThanOrEqual(added + 100)
      for (const [id, count] of done) {
        if (count === 'gone') expect(await countOf(id as SessionId)).toBeUndefined()
      }
      const whole = await listed()
      expect(whole.length).toBe(sessions().length)
      for (const { record } of whole) {
        const { version, ...content } = record
        expect([content, typeof version]).toEqual([
          recordOf(Number(content.data['count'])),
          'string',
        ])
      }

      expect(leftovers().length).toBeGreaterThan(0)
      makeOld()
      expect(await store.clearExpired(Date.now(), 10)).toBe(0)
      expect(leftovers()).toEqual([])
      const kept = await listed()
      expect(kept.map(({ id, record }) => [id, record.data])).toEqual(
        whole.map(({ id, record }) => [id, record.data]),
      )
      for (const { id, record } of kept) {
        expect(await store.save(id, recordOf(1), record.version)).not.toBe('conflict')
        await store.delete(id)
      }
      expect(files()).toEqual([])
    },
  )
})

describe('the sweep', { tags: ['H13'], meta }, () => {
  test('the sweep leaves alone what is not old', async () => {
    const id = newId()
    const version = await store.create(id, recordOf(0))
    const half = [join(directoryOf(id), 'half.json'), join(path, 'staging', 'half')]
    for (const name of half) writeFileSync(name, 'half')
    mkdirSync(directoryOf(newId()), { recursive: true })

    await store.clearExpired(Date.now(), 10)

    expect(leftovers().length).toBe(3)
    expect(await store.load(id)).toEqual({ ...recordOf(0), version })
  })

  test('a slow writer whose files the sweep took for abandoned loses its save', async () => {
    const id = newId()
    const version = (await store.create(id, recordOf(0))) as Version
    writeFileSync(join(directoryOf(id), 'half.json'), 'half')
    makeOld()

    await store.clearExpired(Date.now(), 10)

    expect(leftovers()).toEqual([])
    expect(await countOf(id)).toBe(0)
    expect(await store.save(id, recordOf(1), version)).toBe('conflict')
  })

  test('the sweep removes a damaged session once it is old, and a file in the place of a session', async () => {
    const damaged = newId()
    const strange = newId()
    await store.create(damaged, recordOf(0))
    writeFileSync(contentOf(damaged), '')
    await store.create(strange, recordOf(0))
    rmSync(directoryOf(strange), { recursive: true })
    writeFileSync(directoryOf(strange), 'not a directory')

    expect(await store.clearExpired(Date.now(), 10)).toBe(0)
    expect(files().length).toBe(3)
    makeOld()
    expect(await store.clearExpired(Date.now(), 10)).toBe(0)
    expect(files()).toEqual([])
  })
})

describe('what is damaged loads as null, and can be deleted', { tags: ['H21'], meta }, () => {
  test.each<[string, (file: string) => void]>([
    ['an empty file', (file) => truncateSync(file)],
    ['a truncated file', (file) => truncateSync(file, 1000)],
    ['binary', (file) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0, 1, 2, 0x80]))],
    ['JSON that is no record', (file) => writeFileSync(file, '{"data":{}}')],
    ['a file that is lost', (file) => rmSync(file)],
    ['a directory in place of the file', (file) => (rmSync(file), mkdirSync(file))],
    [
      'a file in place of the directory',
      (file) => {
        rmSync(join(file, '..'), { recursive: true })
        writeFileSync(join(file, '..'), 'not a directory')
      },
    ],
    [
      'an empty directory',
      (file) => {
        rmSync(join(file, '..'), { recursive: true })
        mkdirSync(join(file, '..'))
      },
    ],
  ])('a damaged session loads as null, and can be deleted: %s', async (_what, damage) => {
    const id = newId()
    const other = newId()
    await store.create(id, recordOf(0))
    await store.create(other, recordOf(1))

    damage(contentOf(id))

    expect(await store.load(id)).toBeNull()
    expect((await listed()).map(({ id }) => id)).toEqual([other])
    expect(await store.clearExpired(Date.now(), 10)).toBe(0)
    expect(await store.delete(id)).toBeUndefined()
    expect(sessions()).toEqual([other])
    expect(readdirSync(join(path, 'staging'))).toEqual([])
  })
})

describe('what fails', { meta }, () => {
  test(
    'the file store rejects a write that cannot be finished, and changes nothing',
    { tags: ['H14'] },
    async () => {
      const id = newId()
      const version = await store.create(id, recordOf(0))

      // A limit on the size of files stops a write in the middle, as a full disk does.
      const outcomes = await run('attempt', [id, newId()], { limit: 'ulimit -f 8' })

      expect(outcomes).toEqual([
        'load done',
        'create EFBIG',
        'save EFBIG',
        'delete done',
        'clearExpired done',
      ])
      expect(await store.load(id)).toEqual({ ...recordOf(0), version })
      expect(sessions()).toEqual([id])
      expect(leftovers()).toEqual([])
    },
  )

  test('a sweep on a disk without room removes what has expired, and leaves live sessions as they are', async () => {
    const [live, over, never] = [newId(), newId(), newId()]
    const version = await store.create(live, recordOf(0))
    await store.create(over, { ...recordOf(0), expiresAt: 1 })
    writeFileSync(join(directoryOf(live), `${'0'.repeat(32)}.json`), 'left by a killed process')
    makeOld()

    const outcomes = await run('attempt', [live, never], { limit: 'ulimit -f 8' })

    expect(outcomes).toContain('clearExpired done')
    expect(await store.load(live)).toEqual({ ...recordOf(0), version })
    expect(sessions()).toEqual([live])
  })

  test(
    'the file store rejects every call where it may not read the files',
    { tags: ['H14'] },
    async () => {
      const id = newId()
      await store.create(id, recordOf(0))

      const outcomes = await run('attempt', [id, newId()], { LOCKED_OUT: '1' })

      const verbs = ['load', 'create', 'save', 'delete', 'clearExpired']
      expect(outcomes).toEqual(verbs.map((verb) => `${verb} EACCES`))
    },
  )

  test(
    'the file store rejects what is no id or no version, so that no name leads elsewhere',
    { tags: ['H16'] },
    async () => {
      const id = newId()
      const version = (await store.create(id, recordOf(0))) as string
      const before = files()

      for (const wrong of ['', '..', `../${id}`, id.toUpperCase(), `${id}/..`, `${id}\0`]) {
        const notId = wrong as SessionId
        await expect(store.load(notId)).rejects.toThrow('session id')
        await expect(store.create(notId, recordOf(1))).rejects.toThrow('session id')
        await expect(store.save(notId, recordOf(1), version)).rejects.toThrow('session id')
        await expect(store.delete(notId)).rejects.toThrow('session id')
      }
      for (const wrong of ['', 1, '..', `../${id}/${version}`, version.toUpperCase()]) {
        await expect(store.save(id, recordOf(1), wrong)).rejects.toThrow('version')
        await expect(store.delete(id, wrong)).rejects.toThrow('version')
      }
      expect(files()).toEqual(before)
    },
  )
})

describe('at rest', { meta }, () => {
  test(
    'directories and files of sessions are for their owner only',
    { tags: ['H15'] },
    async () => {
      const id = newId()
      await store.save(id, recordOf(1), (await store.create(id, recordOf(0))) as Version)

      const modes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
        const entry = statSync(join(folder, name))
        return [entry.isDirectory(), (entry.mode & 0o777).toString(8)]
      })
      expect(modes.filter(([isDirectory]) => isDirectory).length).toBe(6)
      expect(modes.filter(([isDirectory]) => !isDirectory).length).toBe(2)
      for (const [isDirectory, mode] of modes) expect(mode).toBe(isDirectory ? '700' : '600')
    },
  )

  test('files of sessions are spread over directories, and hold no session key', async () => {
    const keys = Array.from({ length: 30 }, createKey)
    for (const key of keys) {
      const version = (await store.create(idOf(key), recordOf(0))) as Version
      await store.save(idOf(key), recordOf(1), version)
    }

    expect(readdirSync(path).length).toBeGreaterThan(15)
    const text = files().map((name) => `${name}\n${readFileSync(name, 'latin1')}`)
    expect(text.length).toBe(60)
    for (const key of keys) {
      const bytes = Buffer.from(key, 'base64url')
      for (const form of [key, bytes.toString('hex'), bytes.toString('latin1')]) {
        expect(text.join('\n').includes(form)).toBe(false)
      }
    }
  })
})

/** The lines of a process that does `task` to its end. */
function run(task: string, ids: SessionId[], environment: Record<string, string> = {}) {
  const { child, lines } = start(task, ids, environment)
  return new Promise<string[]>((done, fail) => {
    child.on('close', (code) =>
      code === 0 ? done(lines()) : fail(new Error(`${task} ended with ${code}`)),
    )
  })
}

/** The lines of a writer that was killed a moment after it began. */
async function killed(ids: SessionId[]): Promise<string[]> {
  const { child, lines } = start('write', ids)
  child.stdout.once('data', () => void sleep(Math.random() * 20).then(() => child.kill('SIGKILL')))
  const signal = await new Promise((done) => child.on('close', (_code, signal) => done(signal)))
  expect(signal).toBe('SIGKILL')
  return lines()
}

function start(task: string, ids: SessionId[], environment: Record<string, string> = {}) {
  const { limit = ':', ...rest } = environment
  const worker = [process.execPath, resolve('test/session/file-worker.mjs'), task, path, ...ids]
  const child = spawn('sh', ['-c', `${limit}; exec "$@"`, 'sh', ...worker], {
    env: rest as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { child, lines: () => output.split('\n').slice(0, -1) }
}

async function deleteAsLoaded(id: SessionId) {
  return store.delete(id, (await store.load(id))?.version)
}

async function countOf(id: SessionId) {
  return (await store.load(id))?.data['count']
}

async function listed() {
  const entries: { id: SessionId; record: StoredRecord }[] = []
  for await (const entry of store.list!()) entries.push(entry)
  return entries
}

function directoryOf(id: SessionId): string {
  return join(path, id.slice(0, 2), id)
}

function contentOf(id: SessionId): string {
  const name = readdirSync(directoryOf(id)).find((name) => name.endsWith('.json'))
  return join(directoryOf(id), name ?? 'none')
}

/** The ids that have a directory. */
function sessions(): string[] {
  const shards = readdirSync(path).filter((name) => name !== 'staging')
  return shards.flatMap((shard) => readdirSync(join(path, shard)))
}

/** Whatever belongs to no session, or is not what is in force in it. */
function leftovers(): string[] {
  const staged = readdirSync(join(path, 'staging'))
  const rest = sessions().flatMap((id) => {
    const names = readdirSync(directoryOf(id as SessionId))
    const current = names.find((name) => name.endsWith('.current'))
    if (current === undefined) return [id]
    return names.filter(
      (name) => basename(name, '.json') !== basename(current, '.current') && name !== current,
    )
  })
  return [...staged, ...rest]
}

function files(): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile())
}

/** As if two hours had passed. */
function makeOld(): void {
  const before = Date.now() / 1000 - 7200
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }))
    utimesSync(join(path, name), before, before)
}

function newId(): SessionId {
  return idOf(createKey())
}

function times<Result>(count: number, make: () => Result): Result[] {
  return Array.from({ length: count }, make)
}

test('assertWritable finds a path that cannot be written, and creates nothing', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')

  const paths = [file, join(file, 'below'), join(file, 'far', 'below')]
  // Its rights let the superuser write, and yet nothing can be made there.
  if (process.platform === 'linux') paths.push('/proc/none', '/proc/none/below')
  for (const impossible of paths) await expect(assertWritable(impossible)).rejects.toThrow()
  await assertWritable(folder)
  await assertWritable(path)

  expect(readdirSync(folder)).toEqual(['file'])
})
