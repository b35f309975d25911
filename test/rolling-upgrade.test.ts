import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import type { PostgresqlServer } from './postgresql-server.ts'
import { buildRelease, earlierReleases } from './releases.ts'
import type { Release } from './releases.ts'
import { redisProgram, startRedis } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'
import { playSideBySide, playUpgrade } from './two-releases.ts'

/** A sentence for each statement of a migration that the release before could not live with; none where it only adds. */
function faultsOf(sql: string): string[] {
  const text = sql.replaceAll(/--.*$/gm, '')
  const made = new Set([...text.matchAll(/CREATE TABLE "(\w+)"/gi)].map(([, table]) => table))
  const added = new Set([...text.matchAll(/ADD COLUMN\s+"(\w+)"/gi)].map(([, column]) => column))
  return text.split(';').flatMap((each) => {
    const statement = each.trim().replaceAll(/\s+/g, ' ')
    if (/\b(DROP|RENAME|TRUNCATE)\b|\bDELETE FROM\b/i.test(statement))
      return [`It takes something away: ${statement}`]
    if (/ALTER COLUMN/i.test(statement)) return [`It changes a column: ${statement}`]
    if (/ADD COLUMN.* NOT NULL(?!.* DEFAULT )/i.test(statement))
      return [`The release before gives this column no value: ${statement}`]
    const [, table, columns] =
      /CREATE UNIQUE INDEX .* ON "(\w+)" ?\(([^)]*)\)/i.exec(statement) ?? []
    const names = (columns ?? '').split(',').map((name) => name.trim().replaceAll('"', ''))
    const isNew = made.has(table) || names.every((name) => added.has(name))
    return table !== undefined && !isNew ? [`The release before may break it: ${statement}`] : []
  })
}

describe('migrations', () => {
  test.each(['sqlite', 'postgresql'])(
    'every migration for %s only adds, so that the release before reads and writes what it leaves',
    (provider) => {
      const folder = join('prisma/migrations', provider)
      const names = readdirSync(folder).filter((name) => /^\d/.test(name))
      expect(names.length).toBeGreaterThan(4)
      const faults = names.flatMap((name) =>
        faultsOf(readFileSync(join(folder, name, 'migration.sql'), 'utf8')),
      )
      expect(faults).toEqual([])
    },
  )

  test.each([
    'DROP TABLE "User"',
    'ALTER TABLE "User" DROP COLUMN "email"',
    'ALTER TABLE "new_User" RENAME TO "User"',
    'ALTER TABLE "User" ADD COLUMN "age" INTEGER NOT NULL',
    'ALTER TABLE "User" ALTER COLUMN "email" SET NOT NULL',
    'CREATE UNIQUE INDEX "User_email_key" ON "User"("email")',
    'DELETE FROM "User"',
  ])('a migration that the release before cannot live with is found: %s', (sql) => {
    expect(faultsOf(`CREATE TABLE "Hat" ("id" TEXT);\n${sql};`)).toHaveLength(1)
  })

  test.each([
    'ALTER TABLE "User" ADD COLUMN "age" INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE "User" ADD COLUMN "nick" TEXT; CREATE UNIQUE INDEX "n" ON "User"("nick")',
    'CREATE TABLE "Hat" ("id" TEXT NOT NULL); CREATE UNIQUE INDEX "h" ON "Hat"("id")',
    '-- DROP TABLE "User"',
  ])('a migration that only adds is let through: %s', (sql) => {
    expect(faultsOf(sql)).toEqual([])
  })
})

const releases = earlierReleases()

describe.skipIf(releases.length === 0)('two releases on one database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-releases-'))
  const programs = new Map<Release, string>()
  let server: PostgresqlServer | null = null
  let redis: RedisServer | null = null
  beforeAll(async () => {
    const building = releases.map(async (one) => {
      programs.set(one, await buildRelease(one, folder))
    })
    if (postgresqlProgram !== null) server = await startPostgresql()
    if (redisProgram !== null) redis = await startRedis()
    await Promise.all(building)
  })
  afterAll(async () => {
    await server?.stop()
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [at, release] of releases.entries()) {
    // Those in between are little else than the newest.
    const isBetween = at > 0 && at < releases.length - 1
    const kinds = isBetween ? (['PostgreSQL'] as const) : (['SQLite', 'PostgreSQL'] as const)
    for (const kind of kinds)
      test.skipIf(kind === 'PostgreSQL' && postgresqlProgram === null)(
        `an upgrade from ${release.name} to this one and back, while visitors are served by both, loses nothing and revives nothing, on ${kind}`,
        async () => {
          const isSqlite = kind === 'SQLite'
          const file = `file:${join(folder, `${release.commit}.db`)}`
          const url = isSqlite ? file : await server!.database({ isEmpty: true })
          await playUpgrade({
            old: programs.get(release)!,
            folder,
            settings: { DATABASE_URL: url },
            areStaffAtOld: isSqlite,
          })
        },
      )
  }

  const [newest] = releases
  for (const engine of ['cache', 'cached-database'] as const)
    test.skipIf(postgresqlProgram === null || redisProgram === null)(
      `${newest?.name} and this one serve the same visitors on ${engine}, with Redis and PostgreSQL: each opens, changes and ends what the other made, and streams of each hear of it`,
      async () => {
        await playSideBySide({
          old: programs.get(newest!)!,
          folder,
          settings: {
            SESSION_ENGINE: engine,
            DATABASE_URL: await server!.database(),
            CACHE_URL: redis!.url,
          },
          listsGuests: engine === 'cached-database',
        })
      },
    )
})
