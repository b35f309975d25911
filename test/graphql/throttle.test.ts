import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { createClock, createVisitor, loginDocument, password, startServer } from '../harness.ts'
import type { TestClock, TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'

const answer =
  '{ __typename ... on Error { code message } ... on TooManyAttemptsError { retryAfter } }'
const tryDocument = `mutation ($username: String!, $password: String!) {
  login(input: { username: $username, password: $password }) ${answer}
}`
const wrong = {
  __typename: 'InvalidCredentialsError',
  code: 'INVALID_CREDENTIALS',
  message: 'The username or the password is wrong.',
}
const wait = (retryAfter: number) => ({
  __typename: 'TooManyAttemptsError',
  code: 'TOO_MANY_ATTEMPTS',
  message: 'Too many attempts. Wait, then try again.',
  retryAfter,
})

/** What every server must do, on SQLite and PostgreSQL; `settings` for a database of its own. */
function describeServer(name: string, settings: () => Promise<Record<string, string>>): void {
  describe(name, () => {
    let server: TestServer
    let clock: TestClock
    afterEach(() => server.stop())

    /** A server with two users, that trusts a proxy, and a count of the passwords it looks at. */
    async function setUp() {
      clock = createClock()
      // Fifty hashes at once take a busy machine longer than an operation may take by default.
      const trusting = { TRUST_PROXY: '1', SESSION_STORE_TIMEOUT: '10000', GRAPHQL_TIMEOUT: '60' }
      server = await startServer({ ...trusting, ...(await settings()) }, { now: clock.now })
      const { db, passwords } = server.app
      for (const username of ['ada', 'bob']) await createUser(db, passwords, { username, password })
      const verify = vi.spyOn(passwords, 'verify')
      const hash = vi.spyOn(passwords, 'hash')
      const attempt = async (username: string, given: string, address = '192.0.2.1') => {
        const visitor = server.visitor()
        const variables = { username, password: given }
        const { data, errors } = await visitor.send(tryDocument, variables, {
          'x-forwarded-for': address,
        })
        if (errors) throw new Error(JSON.stringify(errors))
        return data.login
      }
      return { attempt, hashes: () => verify.mock.calls.length + hash.mock.calls.length }
    }

    test('two hundred wrong logins at once compute five hashes', { tags: ['D14'] }, async () => {
      const { attempt, hashes } = await setUp()
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, at) => attempt('ada', `wrong ${at}`)),
      )
      expect(hashes()).toBe(5)
      expect(answers.filter(({ code }) => code === 'INVALID_CREDENTIALS')).toHaveLength(5)
      expect(answers.filter(({ code }) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(195)
    })

    test('two logins in one document, through fragments or aliases, are refused and compute no hash', async () => {
      const { hashes } = await setUp()
      const guess = (alias: string, given: string) =>
        `${alias}: login(input: { username: "ada", password: "${given}" }) ${answer}`
      const documents = [
        `mutation { ${guess('a', 'wrong')} ${guess('b', password)} }`,
        `mutation { ${guess('a', 'wrong')} ...more } fragment more on Mutation { ${guess('b', password)} }`,
        `mutation { ... { ${guess('a', 'wrong')} } ... on Mutation @include(if: true) { ${guess('b', password)} } }`,
        `mutation { ...one ...two } fragment one on Mutation { ...two } fragment two on Mutation { ${guess('a', password)} }`,
        `mutation A { ${guess('a', 'wrong')} } mutation B { ${guess('b', password)} }`,
      ]
      for (const document of documents) {
        const visitor = server.visitor()
        const { status, data, errors, setCookie } = await visitor.send(document)
        expect([status, data, setCookie]).toEqual([400, undefined, []])
        expect(errors).toMatchObject([
          {
            message: 'A document holds one login at most.',
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ])
      }
      expect(hashes()).toBe(0)
      expect(await server.app.db.attempt.count()).toBe(0)
    })

    test(
      'unknown user and wrong password get the same answers, from the first guess to the delay',
      { tags: ['D3', 'D13'] },
      async () => {
        const { attempt } = await setUp()
        const answers: Record<string, unknown[]> = { ada: [], nobody: [] }
        for (const username of ['ada', 'nobody']) {
          for (let at = 0; at < 8; at++) answers[username]!.push(await attempt(username, 'wrong'))
          clock.advance(1000)
          for (let at = 0; at < 3; at++) answers[username]!.push(await attempt(username, 'wrong'))
        }
        expect(answers['ada']).toEqual([
          ...Array(5).fill(wrong),
          ...Array(3).fill(wait(1)),
          wrong,
          wait(2),
          wait(2),
        ])
        expect(answers['nobody']).toEqual(answers['ada'])
      },
    )

    test(
      'the owner of an attacked account gets in from elsewhere at once, and from the attacker’s address after the delay',
      { tags: ['D13', 'D16', 'D18'] },
      async () => {
        const { attempt } = await setUp()
        for (let at = 0; at < 5; at++) await attempt('ada', 'wrong')
        expect(await attempt('ada', password)).toEqual(wait(1))
        expect(await attempt('bob', password)).toMatchObject({ __typename: 'LoginSuccess' })
        expect(await attempt('ada', password, '192.0.2.2')).toMatchObject({
          __typename: 'LoginSuccess',
        })
        expect(await attempt('ada', password, '192.0.2.1, 192.0.2.3')).toMatchObject({
          __typename: 'LoginSuccess',
        })
        // What a client writes in front of the address that our proxy saw counts for nothing.
        expect(await attempt('ada', password, '192.0.2.2, 192.0.2.1')).toEqual(wait(1))
        clock.advance(1000)
        expect(await attempt('ada', password)).toMatchObject({ __typename: 'LoginSuccess' })
        expect(await attempt('ada', 'wrong')).toEqual(wrong)
      },
    )

    test('the throttle slows one address down after fifty failures at many accounts, and computes no hash for the next', async () => {
      const { attempt, hashes } = await setUp()
      const answers = await Promise.all(
        Array.from({ length: 80 }, (_, at) => attempt(`name${at}`, 'wrong')),
      )
      expect(hashes()).toBe(50)
      expect(answers.filter(({ code }) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(30)
      expect(await attempt('ada', password)).toEqual(wait(1))
    })

    test('the throttle slows registrations down, whether the name is taken or not', async () => {
      const { hashes } = await setUp()
      const register = async (usernames: string[]) => {
        const fields = usernames.map(
          (username, at) =>
            `a${at}: register(input: { username: "${username}", password: "any old password" }) ${answer}`,
        )
        return Object.values(
          (await server.visitor().data(`mutation { ${fields.join(' ')} }`)) as object,
        )
      }
      const taken = []
      for (let at = 0; at < 11; at++) taken.push(...(await register(Array(10).fill('ada'))))
      expect(taken.map(({ code }) => code)).toEqual([
        ...Array(100).fill('USERNAME_TAKEN'),
        ...Array(10).fill('TOO_MANY_ATTEMPTS'),
      ])
      expect(hashes()).toBe(100)
      expect(await register(['carla'])).toEqual([wait(1)])
      expect(await server.app.db.user.count({ where: { username: 'carla' } })).toBe(0)
    })

    test('failed logins under a name do not hold up a visitor who registers it', async () => {
      const { attempt } = await setUp()
      for (let at = 0; at < 6; at++) await attempt('carla', 'wrong')
      const { data } = await server
        .visitor()
        .send(
          `mutation { register(input: { username: "carla", password: "any old password" }) ${answer} }`,
          {},
          { 'x-forwarded-for': '192.0.2.1' },
        )
      expect(data.register).toEqual({ __typename: 'RegisterSuccess' })
    })

    test(
      'a login with an empty or oversized password is refused without a hash, and does not count',
      { tags: ['D9'] },
      async () => {
        const { attempt, hashes } = await setUp()
        for (let at = 0; at < 10; at++) {
          expect(await attempt('ada', '')).toEqual(wrong)
          expect(await attempt('ada', 'x'.repeat(1025))).toEqual(wrong)
        }
        expect(hashes()).toBe(0)
        expect(await server.app.db.attempt.count()).toBe(0)
      },
    )

    test('while the throttle cannot count, a login gets 503, and no hash is computed', async () => {
      const { hashes } = await setUp()
      await server.app.db.$executeRawUnsafe('DROP TABLE "Attempt"')
      const { status, errors } = await server
        .visitor()
        .send(tryDocument, { username: 'ada', password })
      expect(errors?.[0].extensions.code).toBe('SESSION_STORE_UNAVAILABLE')
      expect([status, hashes()]).toEqual([503, 0])
    })

    test(
      'forty pupils register from one address, each at the second name that they try',
      { tags: ['D26'] },
      async () => {
        await setUp()
        const pupils = Array.from({ length: 40 }, (_, at) => `pupil${at}`)
        for (const pupil of pupils) {
          const { data } = await server.visitor().send(
            `mutation {
            first: register(input: { username: "ada", password: "any old password" }) ${answer}
            second: register(input: { username: "${pupil}", password: "any old password" }) ${answer}
          }`,
            {},
            { 'x-forwarded-for': '192.0.2.1' },
          )
          expect([data.first.code, data.second.__typename]).toEqual([
            'USERNAME_TAKEN',
            'RegisterSuccess',
          ])
        }
      },
    )

    test(
      'where the server trusts no proxy, all clients behind one count as one address',
      { tags: ['D16'] },
      async () => {
        clock = createClock()
        server = await startServer(await settings(), { now: clock.now })
        for (let at = 0; at < 6; at++) {
          const { data } = await server.visitor().send(
            loginDocument,
            { username: 'ada', password: 'wrong' },
            {
              'x-forwarded-for': `192.0.2.${at}`,
            },
          )
          expect(data.login.code).toBe(at < 5 ? 'INVALID_CREDENTIALS' : 'TOO_MANY_ATTEMPTS')
        }
      },
    )
  })
}

/** The same between two processes, where only the database is shared. */
async function stormTwoProcesses(settings: Record<string, string>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-storm-'))
  const environment = {
    DATABASE_URL: `file:${join(folder, 'storm.db')}`,
    ADMIN_PASSWORD: password,
    // What is counted here is not how fast a busy machine is.
    SESSION_STORE_TIMEOUT: '10000',
    ...settings,
  }
  const servers = [await startProcess(folder, environment), await startProcess(folder, environment)]
  try {
    const started = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        const visitor = createVisitor(`${servers[at % 2]!.url}/graphql`, 'sessionid', null)
        const variables = { username: 'admin', password: `wrong ${at}` }
        return (await visitor.data(tryDocument, variables)).login.code as string
      }),
    )
    const seconds = (performance.now() - started) / 1000
    // The clock of these is the real one: where the storm lasts longer than the first delays, they end within it.
    const delaysOver = Math.floor(Math.log2(seconds + 1))
    const invalid = answers.filter((code) => code === 'INVALID_CREDENTIALS').length
    expect(invalid).toBeGreaterThanOrEqual(1)
    expect(invalid).toBeLessThanOrEqual(5 + delaysOver)
    expect(answers.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(200 - invalid)
    console.log(`two processes: ${invalid} of 200 checked in ${seconds.toFixed(2)} s`)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

describeServer('the throttle over HTTP', async () => ({}))

test(
  'two hundred wrong logins at once, at two processes, are five checks',
  { tags: ['D14', 'D19'] },
  async () => {
    await stormTwoProcesses({})
  },
)

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(() => postgresql?.stop())

  describeServer('the throttle over HTTP, on PostgreSQL', async () => ({
    DATABASE_URL: await postgresql.database(),
    SECRET_KEY: 'a secret of thirty-two bytes or more',
  }))

  test(
    'two hundred wrong logins at once, at two processes, are five checks',
    { tags: ['D14', 'D19'] },
    async () => {
      await stormTwoProcesses({
        DATABASE_URL: await postgresql.database(),
        SECRET_KEY: 'a secret of thirty-two bytes or more',
      })
    },
  )
})
