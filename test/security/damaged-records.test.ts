import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

/** A store whose records can be overwritten from behind. */
interface Medium {
  readonly settings: Record<string, string>
  readonly read: (id: string) => string | Promise<string>
  readonly write: (id: string, text: string) => unknown
  readonly stop: () => unknown
}

const media: [engine: string, isMissing: boolean, open: () => Promise<Medium>][] = [
  ['the database engine', false, openSqlite],
  ['the database engine on PostgreSQL', postgresqlProgram === null, openPostgresql],
  ['Redis', redisProgram === null, openRedis],
  ['Memcached', memcachedProgram === null, openMemcached],
  ['the file engine', false, openFiles],
]

const noise = randomBytes(300).toString('latin1').replaceAll('\0', 'x')
const damages: [what: string, damage: (text: string) => string][] = [
  ['random text', () => noise],
  ['nothing', () => ''],
  ['an empty object', (text) => text.replace(/\{.*/s, '{}')],
  ['null', (text) => text.replace(/\{.*/s, 'null')],
  ['half of it', (text) => text.slice(0, text.length / 2)],
  ['the record of another format', (text) => text.replace('"data":', '"values":')],
  ['a list where an object was', (text) => text.replace(/"auth":(\{.*?\}|null)/, '"auth":[1]')],
  ['a million letters', () => 'x'.repeat(1_000_000)],
]

describe.each(media)('%s', (engine, isMissing, open) => {
  describe.skipIf(isMissing)(
    'a record that was overwritten',
    { tags: ['H21'], meta: { engine } },
    () => {
      let medium: Medium
      let server: TestServer
      beforeAll(async () => {
        medium = await open()
        server = await startServer(medium.settings)
      })
      afterAll(async () => {
        await server?.stop()
        await medium?.stop()
      })
      const keep =
        'mutation { setSessionValue(key: "note", value: "kept") { ... on SessionSuccess { session { id } } } }'

      test.each(damages)(
        'a record overwritten with %s opens nothing, breaks nothing, and stays as it is',
        async (_what, damage) => {
          const user = await server.signedIn(`user${randomBytes(6).toString('hex')}`)
          for (const visitor of [server.visitor(), user]) {
            const { id } = (await visitor.data(keep)).setSessionValue.session
            const damaged = damage(await medium.read(id))
            await medium.write(id, damaged)

            const { status, data, errors } = await visitor.send(
              '{ me { username } session { id keys } cart { totalQuantity } }',
            )
            expect([status, errors]).toEqual([200, undefined])
            expect(data).toEqual({
              me: null,
              session: { id: null, keys: [] },
              cart: { totalQuantity: 0 },
            })
            expect(await medium.read(id)).toBe(damaged)

            await visitor.data(keep)
            expect((await visitor.data('{ session { keys } }')).session.keys).toEqual(['note'])
          }
        },
      )

      test('the log names the session whose record was overwritten', async () => {
        const visitor = server.visitor()
        const { id } = (await visitor.data(keep)).setSessionValue.session
        await medium.write(id, noise)
        server.logs.length = 0
        await visitor.send('{ session { keys } }')
        const warnings = server.logs.filter(({ level }) => Number(level) >= 40)
        expect(JSON.stringify(warnings)).toContain(id)
      })
    },
  )
})

async function openSqlite(): Promise<Medium> {
  const { default: Database } = await import('better-sqlite3')
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-damage-'))
  const file = join(folder, 'damage.db')
  let db: InstanceType<typeof Database> | null = null
  const opened = () => (db ??= new Database(file, { timeout: 5000 })) // once the server has made it
  return {
    settings: { DATABASE_URL: `file:${file}` },
    read: (id) =>
      (opened().prepare('SELECT data FROM Session WHERE id = ?').get(id) as { data: string }).data,
    write: (id, text) => opened().prepare('UPDATE Session SET data = ? WHERE id = ?').run(text, id),
    stop: () => {
      db?.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function openPostgresql(): Promise<Medium> {
  const server = await startPostgresql()
  const connectionString = await server.database()
  const client = new Client({ connectionString })
  await client.connect()
  const stop = async () => {
    await client.end()
    await server.stop()
  }
  return {
    settings: { DATABASE_URL: connectionString },
    read: async (id) =>
      (await client.query('SELECT data FROM "Session" WHERE id = $1', [id])).rows[0].data,
    write: (id, text) => client.query('UPDATE "Session" SET data = $1 WHERE id = $2', [text, id]),
    stop,
  }
}

async function openRedis(): Promise<Medium> {
  const server = await startRedis()
  const keyOf = (id: string) => `coatcheck:session:${id}`
  return {
    settings: { SESSION_ENGINE: 'cache', CACHE_URL: server.url },
    read: async (id) => (await server.send('GET', keyOf(id))).replace(/^\$\d+(\r\n|$)/, ''),
    write: (id, text) => server.send('SET', keyOf(id), text),
    stop: server.stop,
  }
}

async function openMemcached(): Promise<Medium> {
  const server = await startMemcached()
  const keyOf = (id: string) => `coatcheck:session:${id}`
  return {
    settings: { SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${server.name}` },
    read: async (id) =>
      /^VALUE [^\r]*\r\n(.*)\r\nEND/s.exec(await server.ask(`get ${keyOf(id)}\r\n`))?.[1] ?? '',
    write: (id, text) =>
      server.ask(`set ${keyOf(id)} 0 60 ${Buffer.byteLength(text)}\r\n${text}\r\n`),
    stop: server.stop,
  }
}

async function openFiles(): Promise<Medium> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-damage-'))
  const fileOf = (id: string) => {
    const name = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
      (path) => path.includes(id) && path.endsWith('.json'),
    )
    return join(folder, name!)
  }
  return {
    settings: { SESSION_ENGINE: 'file', SESSION_FILE_PATH: folder },
    read: (id) => readFileSync(fileOf(id), 'utf8'),
    write: (id, text) => writeFileSync(fileOf(id), text),
    stop: () => rmSync(folder, { recursive: true }),
  }
}
