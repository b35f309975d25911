import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { databaseKind } from '../../src/database/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const register = `mutation ($username: String!, $password: String!, $email: String) {
  register(input: { username: $username, password: $password, email: $email }) {
    __typename ... on Error { code message } ... on InvalidInputError { fields { path code } }
  }
}`

/** E-mail addresses as names, on one database; `settings` are those of a new one. */
function describeAddresses(name: string, settings: () => Promise<Record<string, string>>): void {
  describe(`e-mail addresses as names on ${name}`, { tags: ['D25'] }, () => {
    let environment: Record<string, string>
    let server: TestServer
    beforeAll(async () => {
      environment = await settings()
      server = await startServer({ ...environment, AUTHENTICATION_BACKENDS: 'email,password' })
    })
    afterAll(() => server?.stop())

    const registering = async (username: string, email: string, at = server) =>
      (await at.visitor().data(register, { username, email, password: `${password} ${username}` }))
        .register
    /** Who signs in by the address with the password of `username`. */
    const enter = async (address: string, username: string, at = server) => {
      const variables = { username: address, password: `${password} ${username}` }
      return (await at.visitor().data(loginDocument, variables)).login.user?.username ?? null
    }
    const taken = {
      __typename: 'InvalidInputError',
      code: 'INVALID_INPUT',
      message: 'Another account has this address.',
      fields: [{ path: ['email'], code: 'TAKEN' }],
    }

    test('one account has an address, in every case and with white space around it', async () => {
      expect((await registering('bob', 'Bob@Example.com')).__typename).toBe('RegisterSuccess')
      for (const address of ['bob@example.com', 'BOB@EXAMPLE.COM ', '\u00a0bob@EXAMPLE.com'])
        expect(await registering('mallory', address)).toEqual(taken)
      for (const address of ['bob@example.com', ' BOB@example.COM', 'Bob@Example.com\u00a0'])
        expect([address, await enter(address, 'bob')]).toEqual([address, 'bob'])
      expect((await registering('jörg', 'JÖRG@example.com')).__typename).toBe('RegisterSuccess')
      expect(await registering('mallory', 'jörg@example.com')).toEqual(taken)
      expect(await enter('Jörg@example.com', 'jörg')).toBe('jörg')
    })

    test('registrations with one address at once make one account', async () => {
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, at) =>
          registering(`twin${at}`, at % 2 ? 'Twin@x.example' : 'twin@x.example'),
        ),
      )
      const kinds = answers.map(({ __typename }) => __typename)
      expect(kinds.filter((kind) => kind === 'RegisterSuccess')).toHaveLength(1)
      expect(answers.filter((answer) => answer.fields?.[0].code === 'TAKEN')).toHaveLength(5)
      expect(await server.app.db.user.count({ where: { username: { startsWith: 'twin' } } })).toBe(
        1,
      )
    })

    test('the throttle slows down asking which addresses have an account', async () => {
      const before = await server.app.db.attempt.findMany({
        where: { key: { startsWith: 'registration:' } },
      })
      await registering('mallory', 'bob@example.com')
      const after = await server.app.db.attempt.findMany({
        where: { key: { startsWith: 'registration:' } },
      })
      expect(after[0]!.points - before[0]!.points).toBe(1)
    })

    test('without the email backend an address is free, and a stranger who takes it changes nothing for its holder', async () => {
      const free = await startServer({
        ...environment,
        AUTHENTICATION_BACKENDS: 'password',
        ...(environment['DATABASE_URL'] === undefined && {
          DATABASE_URL: `file:${server.folder}/test.db`,
        }),
      })
      expect((await registering('carl', 'carl@example.com', free)).__typename).toBe(
        'RegisterSuccess',
      )
      for (const [username, address] of [
        ['eve', 'CARL@example.com'],
        ['eva', 'bob@example.com'],
      ] as const)
        expect((await registering(username, address, free)).__typename).toBe('RegisterSuccess')
      await free.stop()
      expect(await enter('carl@example.com', 'carl')).toBe('carl')
      expect(await enter('CARL@example.com', 'eve')).toBeNull()
      expect(await enter('bob@example.com', 'bob')).toBe('bob')
      expect(await enter('bob@example.com', 'eva')).toBeNull()
    })

    test('of older accounts that share an address, the oldest holds it, and the others none', async () => {
      const url = environment['DATABASE_URL'] ?? `file:${server.folder}/older.db`
      const kind = databaseKind(url)
      await kind.migrate(url)
      const db = await kind.open(url, {})
      await db.user.deleteMany()
      await db.$executeRawUnsafe('DROP INDEX "User_emailKey_key"')
      await db.$executeRawUnsafe('ALTER TABLE "User" DROP COLUMN "emailKey"')
      await db.$executeRawUnsafe(
        `DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE '%_email_keys'`,
      )
      const isPostgresql = url.startsWith('postgres')
      const older: [string, string | null, number][] = [
        ['young', 'Shared@x.example', 3000],
        ['old', 'shared@X.example ', 1000],
        ['none', null, 500],
        ['alone', 'Alone@x.example', 2000],
        ['umlaut', 'JÜRG@x.example', 2000],
        ['umlauts', 'jürg@x.example', 4000],
      ]
      for (const [username, email, at] of older) {
        const date = isPostgresql ? `to_timestamp(${at})` : `${at * 1000}`
        const address = email === null ? 'NULL' : `'${email}'`
        await db.$executeRawUnsafe(
          `INSERT INTO "User" ("id", "username", "usernameKey", "email", "passwordHash", "dateJoined")
           VALUES ('${username}', '${username}', '${username}', ${address}, '!', ${date})`,
        )
      }
      await db.$disconnect()
      expect(await kind.migrate(url)).toEqual([expect.stringMatching(/_email_keys$/)])
      const started = await startServer({
        DATABASE_URL: url,
        SECRET_KEY: 'k'.repeat(32),
        AUTHENTICATION_BACKENDS: 'email',
      })
      const rows = await started.app.db.user.findMany({ orderBy: { id: 'asc' } })
      expect(rows.map(({ id, emailKey }) => [id, emailKey])).toEqual([
        ['alone', 'alone@x.example'],
        ['none', null],
        ['old', 'shared@x.example'],
        ['umlaut', 'jürg@x.example'],
        ['umlauts', null],
        ['young', null],
      ])
      await started.stop()
    })
  })
}

describeAddresses('SQLite', async () => ({ SECRET_KEY: 'k'.repeat(32) }))

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(() => postgresql?.stop())

  describeAddresses('PostgreSQL', async () => ({
    DATABASE_URL: await postgresql.database(),
    SECRET_KEY: 'k'.repeat(32),
  }))
})
