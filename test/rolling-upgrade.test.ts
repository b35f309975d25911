import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createVisitor, loginDocument } from './harness.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { runCommand, startProcess } from './process.ts'

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

const git = (...words: string[]) =>
  execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

/** The release before: the last tag, or the commit before the newest migration. Null where there is no such history here. */
function releaseBefore(): string | null {
  try {
    return git('describe', '--tags', '--abbrev=0', 'HEAD^')
  } catch {
    // no tag, or no history
  }
  try {
    const words = ['log', '-1', '--format=%H', '--diff-filter=A', '--', 'prisma/migrations/sqlite']
    return git('rev-parse', '--verify', '--quiet', `${git(...words)}^`)
  } catch {
    return null
  }
}

const before = releaseBefore()
if (before === null)
  console.warn('There is no history here: the release before is not run beside this one.')

const register =
  'mutation { register(input: { username: "ada", password: "correct horse battery" }) { __typename } }'
const credentials = { username: 'ada', password: 'correct horse battery' }
const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ me { username } session { id } cart { totalQuantity } }'

describe.skipIf(before === null)('two releases on one database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-releases-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  let built: string | null = null
  /** The program of the release before, made of its sources and today's packages. */
  function programBefore(): string {
    if (built !== null) return built
    const old = join(folder, 'before')
    mkdirSync(old)
    const archive = join(folder, 'before.tar')
    git('archive', '--output', archive, String(before))
    execFileSync('tar', ['-xf', archive, '-C', old])
    symlinkSync(resolve('node_modules'), join(old, 'node_modules'))
    for (const script of ['generate', 'bundle'])
      execFileSync(process.execPath, [`scripts/${script}.mjs`], { cwd: old, stdio: 'ignore' })
    built = join(old, 'dist/main.js')
    return built
  }

  for (const kind of ['SQLite', 'PostgreSQL'] as const)
    test.skipIf(kind === 'PostgreSQL' && postgresqlProgram === null)(
      `the release before and this one serve the same visitors on one database of today, on ${kind}`,
      async () => {
        const old = programBefore()
        const server = kind === 'PostgreSQL' ? await startPostgresql() : null
        const url = server ? await server.database({ isEmpty: true }) : 'file:./releases.db'
        const environment = { DATABASE_URL: url }
        try {
          expect((await runCommand(folder, ['migrate'], environment)).code).toBe(0)
          const both = [
            await startProcess(folder, environment, old),
            await startProcess(folder, environment),
          ] as const
          const at = (which: 0 | 1, cookie: string | null = null) =>
            createVisitor(`${both[which].url}/graphql`, 'sessionid', cookie)
          for (const [here, there] of [
            [0, 1],
            [1, 0],
          ] as const) {
            const visitor = at(here)
            await visitor.data(add)
            await at(there, visitor.cookie).data(add)
            if (here === 0) await visitor.data(register)
            else await visitor.data(loginDocument, credentials)
            const copy = at(there, visitor.cookie)
            await copy.data(add)
            const seen = { me: { username: 'ada' }, cart: { totalQuantity: 3 } }
            expect(await visitor.data(look)).toMatchObject(seen)
            await copy.data('mutation { logout { session { id } } }')
            expect(await visitor.data(look)).toMatchObject({ me: null, session: { id: null } })
          }
          for (const main of [old, undefined]) {
            const cleared = await runCommand(folder, ['clear-sessions'], environment, '', main)
            expect([cleared.code, cleared.errors]).toEqual([0, ''])
          }
          await Promise.all(both.map((each) => each.stop()))
        } finally {
          await server?.stop()
        }
      },
    )
})
