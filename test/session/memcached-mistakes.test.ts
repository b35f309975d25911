import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import { openMemcachedStore } from '../../src/session/stores/memcached.ts'
import { startServer } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'

/** What a start with the Memcached of `name` says; null where it serves. */
async function refusalOf(name: string, engine: string) {
  const settings = {
    SESSION_ENGINE: engine,
    CACHE_URL: `memcached://${name}`,
    SESSION_STORE_TIMEOUT: '1000',
  }
  return startServer(settings).then(
    (server) => server.stop().then(() => null),
    (error: Error) => error.message,
  )
}

/** A server that answers `text` to whatever it is sent: its name. */
async function answering(text: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write(text)).on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.skipIf(memcachedProgram === null)('mistakes in the address of Memcached', () => {
  test.each(['cache', 'cached-database'])(
    'a server with SESSION_ENGINE=%s and a Memcached that asks for a password does not start, and names CACHE_URL',
    async (engine) => {
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-auth-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      chmodSync(folder, 0o755) // memcached may run under another name
      const accounts = join(folder, 'accounts')
      writeFileSync(accounts, 'shop:a password\n', { mode: 0o644 })
      const memcached = await startMemcached(['-Y', accounts])
      onTestFinished(() => memcached.stop())

      expect(await refusalOf(memcached.name, engine)).toMatch(
        /^SESSION_ENGINE: CACHE_URL: Memcached at 127.0.0.1:\d+ asks for a name and a password/,
      )
    },
  )

  test.each([
    ['a Redis', "-ERR unknown command 'version'\r\n"],
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('%s in the place of Memcached is refused when the server starts', async (_what, answer) => {
    expect(await refusalOf(await answering(answer), 'cache')).toContain('There is no Memcached at')
  })

  test('a Memcached that is down is an outage: the server starts', async () => {
    expect(await refusalOf('127.0.0.1:1', 'cache')).toBeNull()
  })
})

test.skipIf(memcachedProgram === null)(
  'a Memcached without room rejects new sessions, goes on reading, and keeps what was there',
  async () => {
    const memcached = await startMemcached(['-M', '-m', '2'])
    onTestFinished(() => memcached.stop())
    const store = openMemcachedStore(`memcached://${memcached.name}`, {
      now: Date.now,
      timeout: 5000,
    })
    onTestFinished(() => store.close?.())
    const large = { note: 'x'.repeat(60_000) }
    const kept = idOf(createKey())
    const version = await store.create(kept, recordOf(large))

    let failure: unknown
    for (let more = 0; more < 200 && failure === undefined; more++)
      await store.create(idOf(createKey()), recordOf(large)).catch((error) => (failure = error))

    expect(String(failure)).toContain('out of memory')
    expect(await store.load(kept)).toEqual({ ...recordOf(large), version })
    await store.delete(kept)
    expect(await store.load(kept)).toBeNull()
  },
)

const at = Date.now()

function recordOf(data: SessionRecord['data']): SessionRecord {
  return {
    auth: null,
    data,
    expiry: null,
    createdAt: at,
    lastSeenAt: at,
    expiresAt: at + 600_000,
    absoluteExpiresAt: null,
  }
}
