import { describe, expect, test } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import { startServer } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import { postWith } from './wire.ts'

/** A store that says how often it was asked. */
interface Medium {
  readonly settings: Record<string, string>
  /** What it has done so far; the same text where it was not asked since. */
  readonly calls: () => string | Promise<string>
  readonly stop: () => void | Promise<void>
}

const key = createKey()
const hex = Buffer.from(key, 'base64url').toString('hex')
const values = [
  ['', ' ', '=', '-', '0', '*', 'null', 'undefined', 'true', '[object Object]', '{}', '[]'],
  [key.slice(1), key.slice(0, -1), `${key}A`, `${key}=`, `=${key}`, `${key}${key}`],
  [`"${key}"`, `'${key}'`, `${key},`, `%20${key}`, `${key}%00`, `${key}\xa0`, `\x85${key}`],
  [`${key.slice(0, -1)}B`, `${key.slice(0, -1)}_`, `${key.slice(0, -1)}+`, `.${key.slice(1)}`],
  [hex, hex.toUpperCase(), idOf(key), `${idOf(key).slice(0, 42)}1`, `\xef\xbc\xa1${key.slice(1)}`],
  ['../../../../etc/passwd', '..%2f..%2fetc%2fpasswd', '/dev/null', 'C:\\boot.ini', '~', '%00'],
  [
    "' OR '1'='1",
    '1; DROP TABLE "Session"--',
    '$(id)',
    '`id`',
    '${7*7}',
    '<script>alert(1)</script>',
  ],
  ['x%0d%0aflush_all%0d%0a', '*1%0d%0a$8%0d%0aFLUSHALL', '__proto__', 'constructor'],
  ['gASVHgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU', 's%3Aabc.c2lnbmF0dXJl', 'eyJ1c2VySWQiOjF9.x.y'],
  ['A'.repeat(1_000), 'A'.repeat(4_096), 'A'.repeat(12_000)],
].flat()

const media: [string, boolean, () => Promise<Medium>][] = [
  ['SQLite', false, async () => ({ settings: {}, calls: () => '', stop: () => {} })],
  ['PostgreSQL', postgresqlProgram === null, openPostgresql],
  ['Redis', redisProgram === null, openRedis],
  ['Memcached', memcachedProgram === null, openMemcached],
]

describe.each(media)('%s', (engine, isMissing, open) => {
  test.skipIf(isMissing)(
    'no store is asked about a cookie that no server of ours has made',
    { tags: ['A8'], meta: { engine } },
    async () => {
      const medium = await open()
      const statements: string[] = []
      const server = await startServer(medium.settings, {
        // What a server does by itself is about other tables.
        onStatement: (sql) => /"?(Session|User)"?/.test(sql) && statements.push(sql),
      })
      const look = '{ me { id } session { id keys } cart { totalQuantity } preferences { theme } }'
      const calls = async () => `${await medium.calls()}\n${statements.length} statements`
      try {
        const before = await calls()
        expect(values.length).toBeGreaterThan(50)
        for (const value of values) {
          const answer = await postWith(server.url, `sessionid=${value}`, look)
          expect([value, answer]).toEqual([
            value,
            {
              status: 200,
              data: {
                me: null,
                session: { id: null, keys: [] },
                cart: { totalQuantity: 0 },
                preferences: { theme: 'SYSTEM' },
              },
              setCookie: [],
            },
          ])
        }
        expect(await calls()).toBe(before)
        // And would be seen, if it were.
        await server.visitor(createKey()).data(look)
        expect(await calls()).not.toBe(before)
      } finally {
        await server.stop()
        await medium.stop()
      }
    },
  )
})

async function openPostgresql(): Promise<Medium> {
  const server = await startPostgresql()
  return { settings: { DATABASE_URL: await server.database() }, calls: () => '', stop: server.stop }
}

async function openRedis(): Promise<Medium> {
  const server = await startRedis()
  const calls = async () => {
    const lines = (await server.send('INFO', 'commandstats')).split('\r\n')
    const counts = lines.map((line) => /^cmdstat_(\w+):calls=\d+/.exec(line) ?? ['', ''])
    // What the test itself asks, how a client sees that a server is alive, and what servers tell each other.
    return counts
      .flatMap(([count, name]) =>
        /^(info|ping|quit|role|s?publish|s?subscribe|)$/.test(name!) ? [] : count,
      )
      .join('\n')
  }
  return { settings: { SESSION_ENGINE: 'cache', CACHE_URL: server.url }, calls, stop: server.stop }
}

async function openMemcached(): Promise<Medium> {
  const server = await startMemcached()
  const calls = async () =>
    [...(await server.ask('stats\r\n')).matchAll(/^STAT (cmd|get|cas|delete|touch)_.*$/gm)].join(
      '\n',
    )
  const settings = { SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${server.name}` }
  return { settings, calls, stop: server.stop }
}
