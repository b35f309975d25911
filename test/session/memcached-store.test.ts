import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import { SessionTooLarge } from '../../src/refusals.ts'
import type { SessionStore, Version } from '../../src/session/store.ts'
import { openMemcachedStore } from '../../src/session/stores/memcached.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { patience } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import type { MemcachedServer } from '../memcached-server.ts'

const day = 86_400_000
const timeout = 300

describe.skipIf(memcachedProgram === null)('memcached', { meta: { engine: 'Memcached' } }, () => {
  let one: MemcachedServer
  let two: MemcachedServer
  const opened: SessionStore[] = []

  beforeAll(async () => {
    ;[one, two] = await Promise.all([startMemcached(), startMemcached()])
  })

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close?.()
  })

  afterAll(async () => {
    await Promise.all([one.stop(), two.stop()])
  })

  const open = (...names: string[]) => openWithin(timeout, names)
  /** For tests that are not about time: what a machine with other work to do takes is no failure. */
  const openPatient = (...names: string[]) => openWithin(Number(patience), names)

  function openWithin(limit: number, names: readonly string[]): SessionStore {
    const url = `memcached://${names.join(',')}`
    const store = openMemcachedStore(url, { now: Date.now, timeout: limit })
    opened.push(store)
    return store
  }

  describeSessionStore('one memcached', () => openPatient(one.name), { forgetsByItself: true })
  describeSessionStore('two memcached', () => openPatient(one.name, two.name), {
    forgetsByItself: true,
  })

  describe('the address', () => {
    test.each([
      'memcached://',
      'memcached://a,,b',
      'memcached://a/0',
      'memcached://a:x',
      'memcached://a:0',
      'memcached://a,b:65536',
      'redis://a',
      'memcached://user:secret@a',
    ])('the address %s is refused with a sentence that does not repeat it', (address) => {
      expect(() => openMemcachedStore(address, { now: Date.now })).toThrow(
        /^A Memcached address reads memcached:\/\/host:port,host:port\.$/,
      )
    })
  })

  describe('how long a value is kept', { tags: ['H11'] }, () => {
    test.each([
      ['never less than a second', -5000, 2],
      ['whole seconds, never too few', 60_001, 62],
      ['ten seconds where it is the mark of a change of key', -60_000, 11],
      ['thirty days', 30 * day - 1000, 30 * 86_400],
      ['a second past thirty days', 30 * day, 30 * 86_400 + 1],
      ['four hundred days', 400 * day, 400 * 86_400 + 1],
    ])(
      'Memcached keeps a value for as long as its session lasts: %s',
      async (_what, age, seconds) => {
        const store = open(one.name)
        const measure = async () => {
          const began = performance.now()
          const id = newId()
          const clocks = (at = Date.now()) => ({ createdAt: at - 60_000, expiresAt: at + age })
          const version = await created(store, id, record(clocks()))
          const first = await secondsLeft(one, id)
          await store.save(id, record(clocks()), version)
          const found = [first, await secondsLeft(one, id)]
          return { found, took: performance.now() - began }
        }
        let measured = await measure()
        // What a busy machine has taken a second for says nothing of single seconds.
        while (measured.took > 1000) measured = await measure()

        for (const left of measured.found) {
          // Memcached looks at the clock once a second.
          expect(left).toBeLessThanOrEqual(seconds + 1)
          expect(left).toBeGreaterThanOrEqual(seconds - 2)
        }
      },
    )

    test('an expired session is gone from Memcached without a call to remove it', async () => {
      const store = open(one.name)
      const id = newId()
      const version = await created(store, id, record({ expiresAt: Date.now() }))
      await expect.poll(() => store.load(id)).toBe(null)

      expect(await store.save(id, record(), version)).toBe('gone')
      expect(await store.delete(id, version)).toBe(undefined)
    })
  })

  describe('a value that is too large', { tags: ['H12'] }, () => {
    const large = record({ data: { note: 'x'.repeat(1_048_576) } })

    test('a value that is too large for Memcached is refused, and changes nothing', async () => {
      const store = open(one.name)
      const [id, other] = [newId(), newId()]
      const version = await created(store, id)

      await expect(store.save(id, large, version)).rejects.toThrow(SessionTooLarge)
      await expect(store.create(other, large)).rejects.toThrow(/larger than 1048576 bytes/)

      expect(await store.load(id)).toEqual({ ...record(), version })
      expect(await store.load(other)).toBe(null)
    })

    test('the setting of the Memcached server bounds the size of a value, and up to it every value fits', async () => {
      const server = await startMemcached(['-I', '2m'])
      try {
        const store = open(server.name)
        const id = newId()
        const version = await store.create(id, large)
        expect(await store.load(id)).toEqual({ ...large, version })

        const larger = record({ data: { note: 'x'.repeat(2 * 1_048_576) } })
        await expect(store.create(newId(), larger)).rejects.toMatchObject({
          code: 'SESSION_TOO_LARGE',
          limit: 2 * 1_048_576,
        })
      } finally {
        await server.stop()
      }
    })
  })

  describe('what is no record', { tags: ['H21'] }, () => {
    test.each([
      ['nothing at all', ''],
      ['text', 'damaged'],
      ['a record without a version', JSON.stringify(record())],
      ['a version without a record', '00000000-0000-4000-8000-000000000000\n'],
      ['half a record', `00000000-0000-4000-8000-000000000000\n{"auth":null,"da`],
      ['a record of another shape', '00000000-0000-4000-8000-000000000000\n{"auth":1}'],
    ])(
      'in Memcached, %s loads as null, is not replaced, and can be deleted',
      async (_what, text) => {
        const store = open(one.name)
        const id = newId()
        await one.ask(`set ${nameOf(id)} 0 60 ${text.length}\r\n${text}\r\n`)

        expect(await store.load(id)).toBe(null)
        expect(await store.create(id, record())).toBe(null)
        expect(await store.save(id, record(), 'another')).toMatch(/gone|conflict/)
        await store.delete(id)
        expect(await one.ask(`get ${nameOf(id)}\r\n`)).toBe('END\r\n')
      },
    )

    test.each([1, 2, 4, 8, 255])(
      'a value that another program flagged %i loads as null',
      async (flags) => {
        const id = newId()
        await one.ask(`set ${nameOf(id)} ${flags} 60 7\r\ndamaged\r\n`)
        expect(await open(one.name).load(id)).toBe(null)
      },
    )
  })

  describe('after Memcached has forgotten a session', () => {
    test('no late swap brings a deleted session back, whichever way it was deleted', async () => {
      const store = open(one.name)
      for (const atVersion of [true, false]) {
        const id = newId()
        const version = await created(store, id)
        const mark = /VALUE \S+ 0 \d+ (\d+)/.exec(await one.ask(`gets ${nameOf(id)}\r\n`))?.[1]

        await (atVersion ? store.delete(id, version) : store.delete(id))

        const late = await one.ask(`cas ${nameOf(id)} 0 60 4 ${mark}\r\nlate\r\n`)
        expect(late).toBe('NOT_FOUND\r\n')
        expect(await one.ask(`get ${nameOf(id)}\r\n`)).toBe('END\r\n')
      }
    })

    test.each([
      ['deleted', 'gone'],
      ['deleted at its version', 'gone'],
      ['saved', 'conflict'],
    ])('a save that began before the session was %s is answered with %s', async (what, outcome) => {
      const gate = await openGate(one)
      const [slow, other] = [open(gate.name), open(one.name)]
      const id = newId()
      const version = await created(other, id)

      gate.hold('cas ')
      const saving = slow.save(id, record({ data: { note: 'late' } }), version)
      await gate.held()
      let newer: unknown = null
      if (what === 'deleted') await other.delete(id)
      else if (what === 'saved') newer = await other.save(id, record(), version)
      else await other.delete(id, version)
      gate.release()

      expect(await saving).toBe(outcome)
      expect(await other.load(id)).toEqual(newer && { ...record(), version: newer })
      gate.close()
    })

    test.each([
      ['deleted', undefined, null],
      ['saved', 'conflict', 'newer'],
    ])(
      'a delete at a version that began before the session was %s brings nothing back and ends no newer version',
      async (what, outcome, left) => {
        const gate = await openGate(one)
        const [slow, other] = [open(gate.name), open(one.name)]
        const id = newId()
        const version = await created(other, id)

        gate.hold('cas ')
        const deleting = slow.delete(id, version)
        await gate.held()
        if (what === 'deleted') await other.delete(id)
        else await other.save(id, record({ data: { note: 'newer' } }), version)
        gate.release()

        expect(await deleting).toBe(outcome)
        expect((await other.load(id))?.data['note'] ?? null).toBe(left)
        gate.close()
      },
    )

    test('flush_all of Memcached ends every session', async () => {
      const server = await startMemcached()
      try {
        const store = open(server.name)
        const id = newId()
        const version = await created(store, id)
        expect(await server.ask('flush_all\r\n')).toBe('OK\r\n')

        expect(await store.load(id)).toBe(null)
        expect(await store.save(id, record(), version)).toBe('gone')
        expect(await store.delete(id, version)).toBe(undefined)
        expect(await store.load(id)).toBe(null)
      } finally {
        await server.stop()
      }
    })
  })

  describe('a server that fails', () => {
    test(
      'the store rejects while Memcached is down, even from the start, and serves when it is back, empty',
      { tags: ['H1', 'H2'] },
      async () => {
        const server = await startMemcached()
        try {
          const early = open(server.name)
          const id = newId()
          const version = await created(early, id)
          await server.stop()
          const late = open(server.name)
          for (const store of [early, late]) await everyCallRejects(store, id, version)

          await server.start()

          for (const store of [early, late]) {
            expect(await store.load(id)).toBe(null)
            expect(await store.save(id, record(), version)).toBe('gone')
            const again = newId()
            const kept = await created(store, again)
            expect(await store.load(again)).toEqual({ ...record(), version: kept })
          }
        } finally {
          await server.stop()
        }
      },
    )

    test(
      'the store rejects in time while Memcached hangs, and serves what Memcached has when it goes on',
      { tags: ['H3'] },
      async () => {
        const server = await startMemcached()
        try {
          const before = open(server.name)
          const id = newId()
          await created(before, newId())
          const version = await created(before, id)
          await server.pause()
          const during = open(server.name)
          for (const store of [before, during]) await everyCallRejects(store, newId(), version)

          server.resume()

          for (const store of [before, during])
            await expect.poll(() => store.load(id)).toEqual({ ...record(), version })
        } finally {
          await server.stop()
        }
      },
    )

    test('the store gives up a connection that hangs for good, and uses one that answers', async () => {
      const gate = await openGate(one)
      const store = open(gate.name)
      const id = newId()
      const version = await created(store, id)

      gate.hold('gets ')
      await expect(store.load(id)).rejects.toThrow(`Memcached at ${gate.name}`)

      await expect.poll(() => store.load(id)).toEqual({ ...record(), version })
      gate.close()
    })

    test('a write whose answer is lost rejects, and Memcached has it once', async () => {
      const gate = await openGate(one)
      const [cut, other] = [open(gate.name), open(one.name)]
      const id = newId()
      const version = await created(other, id)

      gate.cutAfter('cas ')
      await expect(cut.save(id, record({ data: { note: 'stored' } }), version)).rejects.toThrow()
      await expect.poll(async () => (await other.load(id))?.data['note']).toBe('stored')

      const kept = await cut.load(id)
      expect(kept?.version).not.toBe(version)
      expect(await cut.save(id, record(), version)).toBe('conflict')
      expect(await cut.load(id)).toEqual(kept)
      gate.close()
    })

    test('where one of two Memcached servers is down, the other goes on with its share, and takes over nothing', async () => {
      const servers = await Promise.all([startMemcached(), startMemcached()])
      try {
        const [left, right] = servers.map(({ name }) => name)
        const store = open(left!, right!)
        const turned = open(right!, left!)
        const ids = Array.from({ length: 60 }, newId)
        for (const id of ids) await created(store, id)
        const first = new Set<SessionId>()
        for (const id of ids) {
          expect(await turned.load(id)).not.toBe(null)
          if ((await servers[0]!.ask(`get ${nameOf(id)}\r\n`)) !== 'END\r\n') first.add(id)
        }
        expect(first.size).toBeGreaterThan(10)
        expect(first.size).toBeLessThan(50)

        await servers[0]!.stop()

        for (const id of ids) {
          const loading = store.load(id)
          if (first.has(id)) await expect(loading).rejects.toThrow()
          else expect(await loading).not.toBe(null)
        }
      } finally {
        await Promise.all(servers.map((server) => server.stop()))
      }
    })
  })

  test('no Memcached server ever sees a session key', async () => {
    const server = await startMemcached()
    try {
      const store = open(server.name)
      const key = createKey()
      await created(store, idOf(key))
      const names = await server.dump()
      const values = await server.ask(`get ${nameOf(idOf(key))}\r\n`)

      expect(names).toContain(`coatcheck%3Asession%3A${idOf(key)}`)
      expect(names + values).not.toContain(key)
    } finally {
      await server.stop()
    }
  })
})

function newId(): SessionId {
  return idOf(createKey())
}

function nameOf(id: SessionId): string {
  return `coatcheck:session:${id}`
}

const began = Date.now()

function record(part: Partial<SessionRecord> = {}): SessionRecord {
  return {
    auth: null,
    data: { note: 'kept' },
    expiry: null,
    createdAt: began,
    lastSeenAt: began,
    expiresAt: began + day,
    absoluteExpiresAt: null,
    ...part,
  }
}

async function created(store: SessionStore, id: SessionId, first = record()): Promise<Version> {
  const version = await store.create(id, first)
  if (version === null) throw new Error('create of a new id must give a version')
  return version
}

async function secondsLeft(server: MemcachedServer, id: SessionId): Promise<number> {
  return Number(/^HD t(-?\d+)/.exec(await server.ask(`mg ${nameOf(id)} t\r\n`))?.[1])
}

async function everyCallRejects(store: SessionStore, id: SessionId, version: Version) {
  const calls = [
    () => store.load(id),
    () => store.create(id, record()),
    () => store.save(id, record(), version),
    () => store.delete(id),
    () => store.delete(id, version),
  ]
  for (const call of calls) {
    const asked = performance.now()
    await expect(call()).rejects.toThrow()
    expect(performance.now() - asked).toBeLessThan(10_000)
  }
}

/** A way to `server` that can keep one command and its connection back, or cut the connection when it has passed one on. */
async function openGate(server: MemcachedServer) {
  const [host, port] = server.name.split(':')
  let holding: string | null = null
  let cutting: string | null = null
  let release = (): void => undefined
  let arrived = (): void => undefined
  const arrival = new Promise<void>((done) => (arrived = done))

  const gate = createServer((near) => {
    const far = connect(Number(port), host)
    let wait: Promise<void> | null = null
    near.on('data', (chunk: Buffer) => {
      const command = chunk.toString()
      if (holding !== null && command.startsWith(holding)) {
        wait = new Promise((done) => (release = done))
        holding = null
        arrived()
      }
      if (cutting !== null && command.startsWith(cutting)) far.write(chunk, () => near.destroy())
      else if (wait === null) far.write(chunk)
      else void wait.then(() => far.write(chunk))
    })
    far.on('data', (chunk) => near.write(chunk))
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.on('close', () => far.end())
  })
  await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done))

  return {
    name: `127.0.0.1:${(gate.address() as AddressInfo).port}`,
    hold: (command: string) => void (holding = command),
    held: () => arrival,
    release: () => release(),
    cutAfter: (command: string) => void (cutting = command),
    close: () => void gate.close(),
  }
}
