import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from './harness.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { runCommand } from './process.ts'
import { programOrSkip } from './programs.ts'

// What docs/operate.md says of backup and restore, with the programs that it names.
const sqlite3 = programOrSkip('sqlite3')
const pgDump = programOrSkip('pg_dump')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-restore-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const look = '{ me { username } session { endReason } }'
const logout = 'mutation { logout { session { id } } }'
const SECRET_KEY = 'Zk3vYxqJm0kS9dTzWn7RfUe2LhBgAoCi5Q8M4Et'

/**
 * A visitor signs in, the database is copied by `backUp` while the server runs, and the visitor signs out. On what `restore`
 * makes of the copy the cookie works again, until every session is ended.
 */
async function restored(
  DATABASE_URL: string,
  backUp: () => void,
  restore: () => Promise<string> | string,
): Promise<void> {
  const before = await startServer({ DATABASE_URL, SECRET_KEY })
  const ada = await before.signedIn('ada')
  const { cookie } = ada
  backUp()
  await ada.data(logout)
  await before.stop()

  const environment = { DATABASE_URL: await restore(), SECRET_KEY }
  const after = await startServer(environment)
  expect((await after.visitor(cookie).data(look)).me).toEqual({ username: 'ada' })
  const { code, output } = await runCommand(
    folder,
    ['sessions', 'revoke', '--all', '--yes', '--json'],
    environment,
  )
  expect([code, JSON.parse(output)]).toMatchObject([0, { revokedCount: 1, isComplete: true }])
  expect(await after.visitor(cookie).data(look)).toEqual({
    me: null,
    session: { endReason: 'REVOKED' },
  })
  await after.stop()
}

test.skipIf(sqlite3 === null)(
  'a copy of SQLite that sqlite3 made beside a running server is restored, and sessions revoke --all ends what came back with it',
  async () => {
    const [database, copy] = [join(folder, 'coatcheck.db'), join(folder, 'copy.db')]
    await restored(
      `file:${database}`,
      () => execFileSync(sqlite3 ?? '', [database, `.backup '${copy}'`]),
      () => {
        for (const rest of ['', '-wal', '-shm']) rmSync(`${database}${rest}`, { force: true })
        copyFileSync(copy, database)
        return `file:${database}`
      },
    )
  },
)

test.skipIf(pgDump === null || postgresqlProgram === null)(
  'a dump of PostgreSQL that pg_dump made beside a running server is restored, and sessions revoke --all ends what came back with it',
  async () => {
    const postgresql = await startPostgresql()
    const [url, empty] = [await postgresql.database(), await postgresql.database({ isEmpty: true })]
    const dump = join(folder, 'coatcheck.dump')
    await restored(
      url,
      () => execFileSync(pgDump ?? '', ['--format=custom', `--file=${dump}`, url]),
      () => {
        execFileSync('pg_restore', ['--no-owner', `--dbname=${empty}`, dump])
        return empty
      },
    )
    await postgresql.stop()
  },
)
