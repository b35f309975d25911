import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createClock, createVisitor, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { startProcess } from '../process.ts'

let server: TestServer
afterEach(() => server?.stop())

/** A server without a guess so far, whose clock stands still, so that no delay ends, and a count of the hashes that it computes. */
async function setUp(settings: Record<string, string> = {}) {
  server = await startServer(settings, { now: createClock().now })
  await server.signedIn('ada')
  const verify = vi.spyOn(server.app.passwords, 'verify')
  const guess = (given: string, headers: Record<string, string> = {}, username = 'ada') =>
    server.visitor().send(loginDocument, { username, password: given }, headers)
  const codeOf = async (given: string, headers: Record<string, string> = {}) =>
    (await guess(given, headers)).data.login.code as string | undefined
  return { guess, codeOf, hashes: () => verify.mock.calls.length }
}

const wrong = 'login(input: { username: "ada", password: "wrong" }) { __typename }'
const right = `login(input: { username: "ada", password: "${password}" }) { __typename }`
const aliases = (count: number) => Array.from({ length: count }, (_, at) => `a${at}: ${wrong}`)

describe('many guesses in one request', { tags: ['D15'] }, () => {
  test.each([
    ['two aliases', `mutation { a: ${wrong} b: ${right} }`],
    [
      'fifty aliases, the right one among them',
      `mutation { ${aliases(49).join(' ')} b: ${right} }`,
    ],
    ['one fragment, twice', `mutation { ...f ...f } fragment f on Mutation { ${right} }`],
    [
      'a fragment in fragments',
      `mutation { ...f ...g } fragment f on Mutation { ...h } fragment g on Mutation { ...h } fragment h on Mutation { ${right} }`,
    ],
    ['two operations', `mutation A { ${wrong} } mutation B { ${right} }`],
  ])('guesses as %s are refused before the server looks at one', async (_what, document) => {
    const { hashes } = await setUp()
    const { status, data, errors, setCookie } = await server.visitor().send(document)
    expect([status, data, setCookie]).toEqual([400, undefined, []])
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(hashes()).toBe(0)
  })

  test('an array of guesses is refused as no request', async () => {
    const { hashes } = await setUp()
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Array(10).fill({ query: `mutation { ${right} }` })),
    })
    expect([response.status, response.headers.get('set-cookie'), hashes()]).toEqual([400, null, 0])
  })
})

describe('the address of a guess', { tags: ['D16'] }, () => {
  const written = (at: number) => ({
    'x-forwarded-for': `192.0.2.${at}`,
    forwarded: `for=192.0.2.${at}`,
    'x-real-ip': `192.0.2.${at}`,
    'x-client-ip': `192.0.2.${at}`,
    'true-client-ip': `192.0.2.${at}`,
    'cf-connecting-ip': `192.0.2.${at}`,
  })

  test('the address of a guess is where the connection comes from, whatever the headers say', async () => {
    const { codeOf, hashes } = await setUp()
    const codes = []
    for (let at = 0; at < 8; at++) codes.push(await codeOf('wrong', written(at)))
    expect(codes).toEqual([
      ...Array(5).fill('INVALID_CREDENTIALS'),
      ...Array(3).fill('TOO_MANY_ATTEMPTS'),
    ])
    expect(hashes()).toBe(5)
  })

  test('behind a proxy of ours the address of a guess is what that proxy wrote, and nothing in front of it', async () => {
    const { codeOf } = await setUp({ TRUST_PROXY: '1' })
    const codes = []
    for (let at = 0; at < 6; at++)
      codes.push(
        await codeOf('wrong', { ...written(at), 'x-forwarded-for': `192.0.2.${at}, 198.51.100.7` }),
      )
    expect(codes).toEqual([...Array(5).fill('INVALID_CREDENTIALS'), 'TOO_MANY_ATTEMPTS'])
    expect(await codeOf('wrong', { 'x-forwarded-for': '198.51.100.8' })).toBe('INVALID_CREDENTIALS')
  })
})

test(
  'other spellings of the path of /graphql lead nowhere, or to the same count of guesses',
  { tags: ['D20'] },
  async () => {
    const { codeOf, hashes } = await setUp()
    for (let at = 0; at < 5; at++) await codeOf('wrong')
    const body = JSON.stringify({ query: loginDocument, variables: { username: 'ada', password } })
    const headers = { 'content-type': 'application/json' }
    const statuses: Record<string, number> = {}
    for (const path of [
      '/graphql?x=1',
      '//graphql',
      '/graphql/',
      '/%67raphql',
      '/GraphQL',
      '/graphql;x',
      '/x/../graphql',
      '/graphql#x',
    ]) {
      const response = await fetch(server.url + path, { method: 'POST', headers, body })
      statuses[path] = response.status
      if (response.status === 200) expect(await response.text()).toContain('TOO_MANY_ATTEMPTS')
    }
    expect(statuses).toMatchObject({
      '/graphql?x=1': 200,
      '//graphql': 404,
      '/graphql/': 404,
      '/%67raphql': 404,
    })
    expect(hashes()).toBe(5)
  },
)

test(
  'the answer for an account that is held up is the same whether the account exists or not',
  { tags: ['D3'] },
  async () => {
    const { guess } = await setUp({ TRUST_PROXY: '1' })
    await server.signedIn('gone')
    await server.app.db.user.update({ where: { usernameKey: 'gone' }, data: { isActive: false } })
    const answers = []
    for (const [at, username] of ['ada', 'gone', 'nobody'].entries()) {
      const from = { 'x-forwarded-for': `192.0.2.${at}` }
      for (let each = 0; each < 5; each++) await guess('wrong', from, username)
      const ofEachAnswer = ['date', 'x-request-id']
      const { status, headers, ...rest } = await guess('wrong', from, username)
      answers.push({
        status,
        headers: [...headers].filter(([name]) => !ofEachAnswer.includes(name)),
        ...rest,
      })
    }
    expect(answers[0]!.data.login.code).toBe('TOO_MANY_ATTEMPTS')
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  },
)

test(
  'five hundred wrong guesses lock no user out elsewhere, and end no session',
  { tags: ['D18'] },
  async () => {
    const { codeOf } = await setUp({ TRUST_PROXY: '1' })
    const owner = server.visitor()
    await owner.data(loginDocument, { username: 'ada', password })
    const attacker = { 'x-forwarded-for': '198.51.100.66' }
    for (let round = 0; round < 10; round++)
      await Promise.all(Array.from({ length: 50 }, (_, at) => codeOf(`wrong ${at}`, attacker)))
    expect(await codeOf(password, attacker)).toBe('TOO_MANY_ATTEMPTS')
    expect(await codeOf(password, { 'x-forwarded-for': '192.0.2.1' })).toBeUndefined()
    expect((await owner.data('{ me { username } }')).me).toEqual({ username: 'ada' })
  },
)

test('every character of a password counts', { tags: ['D7'] }, async () => {
  const { codeOf } = await setUp()
  const long = Array.from({ length: 100 }, (_, at) =>
    String.fromCharCode(33 + ((at * 37) % 90)),
  ).join('')
  const other = (at: number) => `${long.slice(0, at)}~${long.slice(at + 1)}`
  const { register } = await server
    .visitor()
    .data(
      'mutation ($password: String!) { register(input: { username: "grace", password: $password }) { __typename } }',
      { password: long },
    )
  expect(register.__typename).toBe('RegisterSuccess')
  const outcome = async (given: string) =>
    (await server.visitor().data(loginDocument, { username: 'grace', password: given })).login
      .__typename
  for (const given of [other(72), other(99), `${long}x`, `${long.slice(0, 5)}\0${long.slice(5)}`])
    expect(await outcome(given)).toBe('InvalidCredentialsError')
  expect(await outcome(long)).toBe('LoginSuccess')
  expect(await codeOf(password)).toBeUndefined()
})

test('no visitor becomes staff by saying so', { tags: ['D22'] }, async () => {
  await setUp()
  const variables = {
    input: { username: 'mallory', password: 'correct horse battery', isStaff: true },
  }
  const { data, errors } = await server
    .visitor()
    .send('mutation ($input: RegisterInput!) { register(input: $input) { __typename } }', variables)
  expect(data).toBeUndefined()
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  const sneaky = server.visitor()
  await sneaky.data(
    'mutation { a: setSessionValue(key: "isStaff", value: true) { __typename } b: setSessionValue(key: "auth", value: { isStaff: true }) { __typename } }',
  )
  expect((await sneaky.send('{ sessionStats { active } }')).errors?.[0].extensions.code).toBe(
    'UNAUTHENTICATED',
  )
})

test(
  'a server that was just installed opens to no well-known password',
  { tags: ['D12'] },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-fresh-'))
    const fresh = await startProcess(folder)
    try {
      for (const given of ['', 'admin', 'password', 'coatcheck', 'changeme']) {
        const { login } = await createVisitor(`${fresh.url}/graphql`, 'sessionid', null).data(
          loginDocument,
          { username: 'admin', password: given },
        )
        expect(login.code).toBe('INVALID_CREDENTIALS')
      }
    } finally {
      await fresh.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
