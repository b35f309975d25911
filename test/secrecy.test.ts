import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { addMoreFields } from './graphql/more-fields.ts'
import { loginDocument, password, startServer } from './harness.ts'
import { memcachedProgram, startMemcached } from './memcached-server.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { redisProgram, startRedis } from './redis-server.ts'

/** A store that can be read from behind. */
interface Medium {
  readonly settings: Record<string, string>
  /** Everything that it holds, byte by byte. */
  readonly dump: () => string | Promise<string>
  readonly stop: () => void | Promise<void>
}

const media: [string, boolean, () => Promise<Medium>][] = [
  ['SQLite', false, async () => ({ settings: {}, dump: () => '', stop: () => {} })],
  ['PostgreSQL', postgresqlProgram === null, openPostgresql],
  ['Redis', redisProgram === null, openRedis],
  ['Memcached', memcachedProgram === null, openMemcached],
  ['files', false, openFiles],
]

describe.each(media)('%s', (engine, isMissing, open) => {
  test.skipIf(isMissing)(
    'nothing in the store, a list or a log works as a cookie, or is a password',
    { tags: ['A6', 'A7'], meta: { engine } },
    async () => {
      const medium = await open()
      const server = await startServer(
        { ...medium.settings, LOG_LEVEL: 'trace' },
        { types: addMoreFields },
      )
      try {
        const keys: string[] = []
        const chief = await server.signedIn('chief', { isStaff: true })
        const ada = await server.signedIn('ada')
        const guest = server.visitor()
        await guest.data('mutation { setSessionValue(key: "note", value: "kept") { __typename } }')
        keys.push(ada.cookie!, guest.cookie!)
        await ada.data(loginDocument, { username: 'ada', password })
        await ada.send(loginDocument, { username: 'ada', password: 'a wrong password of ada' })
        await ada.send('mutation { failAfterWriting }')
        await ada.send('{ nope }', {}, { cookie: `sessionid=${ada.cookie}; other=1` })
        keys.push(ada.cookie!, chief.cookie!)

        const listed = await chief.send(
          '{ sessions(first: 100, filter: { status: ANY }) { nodes { id data userAgent } edges { cursor } } session { id } me { id } }',
        )
        const dump = (await medium.dump()) + filesBelow(server.folder)
        const haystacks = [dump, JSON.stringify(listed.data), JSON.stringify(server.logs)]
        expect(dump).toContain('kept')
        for (const secret of [...keys, password, 'a wrong password of ada']) {
          for (const text of haystacks) expect(text.includes(secret)).toBe(false)
        }

        const candidates = new Set(haystacks.join('\n').match(/[A-Za-z0-9_-]{20,}/g))
        expect(candidates.size).toBeGreaterThan(10)
        for (const candidate of candidates) {
          for (const cookie of [candidate, Buffer.from(candidate, 'hex').toString('base64url')]) {
            const { session } = await server.visitor(cookie).data('{ session { id } }')
            expect(session.id).toBeNull()
          }
        }
      } finally {
        await server.stop()
        await medium.stop()
      }
    },
  )
})

async function openPostgresql(): Promise<Medium> {
  const server = await startPostgresql()
  const url = await server.database()
  const dump = async () => {
    const client = new Client({ connectionString: url })
    await client.connect()
    const tables: unknown[] = []
    for (const name of ['User', 'Session', 'AuditEvent']) {
      tables.push((await client.query(`SELECT * FROM "${name}"`)).rows)
    }
    await client.end()
    return JSON.stringify(tables)
  }
  return { settings: { DATABASE_URL: url }, dump, stop: server.stop }
}

async function openRedis(): Promise<Medium> {
  const server = await startRedis()
  const dump = async () => {
    await server.send('SAVE')
    return filesBelow(server.folder)
  }
  return { settings: { SESSION_ENGINE: 'cache', CACHE_URL: server.url }, dump, stop: server.stop }
}

async function openMemcached(): Promise<Medium> {
  const server = await startMemcached()
  const dump = async () => {
    const names = [...(await server.dump()).matchAll(/^key=(\S+)/gm)].map(([, name]) =>
      decodeURIComponent(name!),
    )
    const values = await Promise.all(names.map((name) => server.ask(`get ${name}\r\n`)))
    return names.join('\n') + values.join('\n')
  }
  const settings = { SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${server.name}` }
  return { settings, dump, stop: server.stop }
}

async function openFiles(): Promise<Medium> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-secrecy-'))
  return {
    settings: { SESSION_ENGINE: 'file', SESSION_FILE_PATH: folder },
    dump: () => filesBelow(folder),
    stop: () => rmSync(folder, { recursive: true }),
  }
}

function filesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${name}\n${readFileSync(join(parentPath, name), 'latin1')}`)
    .join('\n')
}
