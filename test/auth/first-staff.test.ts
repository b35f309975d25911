import { afterEach, expect, test } from 'vitest'
import { ensureStaff } from '../../src/auth/accounts/first-staff.ts'
import type { FirstStaffOptions } from '../../src/auth/accounts/first-staff.ts'
import { setUserStaff } from '../../src/auth/users/user.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
afterEach(() => server?.stop())

const secret = 'Gatekeeper-123456'
const ensure = (options: Partial<FirstStaffOptions> = {}) =>
  ensureStaff(server.app.db, server.app.users, {
    username: 'admin',
    email: null,
    password: secret,
    mayMakeUp: false,
    backends: ['password'],
    ...options,
  })
const countStaff = () => server.app.db.user.count({ where: { isStaff: true } })

test('where a visitor has the name of the first staff user, the server starts with a warning that says what to do', async () => {
  server = await startServer()
  await server.app.users.create({ username: 'Admin', password })
  const { madeUp, warning } = await ensure()
  expect(madeUp).toBeNull()
  expect(warning).toMatch(/^ADMIN_USERNAME: .*"admin" is that of a visitor.*users promote/)
  expect(await countStaff()).toBe(0)
  expect((await ensure({ username: 'keeper' })).warning).toBeNull()
  expect(await countStaff()).toBe(1)
})

test('where only addresses let in, the first staff user needs an address, and a warning says so', async () => {
  server = await startServer({ AUTHENTICATION_BACKENDS: 'email' })
  const backends = ['email']
  expect((await ensure({ backends })).warning).toMatch(
    /^ADMIN_EMAIL: .*AUTHENTICATION_BACKENDS=email/,
  )
  expect(await countStaff()).toBe(0)
  const given = await ensure({ backends, email: 'Admin@shop.example' })
  expect(given).toEqual({ madeUp: null, warning: null })
  const variables = { username: 'admin@shop.example', password: secret }
  const { login } = await server.visitor().data(loginDocument, variables)
  expect(login.__typename).toBe('LoginSuccess')
})

test('where a visitor has the address of the first staff user, the warning names ADMIN_EMAIL', async () => {
  server = await startServer({ AUTHENTICATION_BACKENDS: 'email' })
  await server.app.users.create({ username: 'ada', email: 'admin@shop.example', password })
  const { warning } = await ensure({ backends: ['email'], email: 'ADMIN@shop.example' })
  expect(warning).toMatch(/^ADMIN_EMAIL: .*is that of a visitor/)
})

test('the server warns of staff whom no backend lets in, and not where one of them gets in', async () => {
  server = await startServer()
  const { db, users } = server.app
  const chief = await users.create({ username: 'chief', password, isStaff: true })
  expect((await ensure()).warning).toBeNull()
  expect((await ensure({ backends: ['email'] })).warning).toMatch(/^No staff user can sign in/)
  expect((await ensure({ backends: ['email', './directory.mjs'] })).warning).toBeNull()
  await db.user.update({ where: { id: chief.id }, data: { isActive: false } })
  expect((await ensure()).warning).toMatch(/^No staff user can sign in/)
  const ada = await users.create({ username: 'ada', password })
  expect(await setUserStaff(db, ada.id, true)).toMatchObject({ username: 'ada', isStaff: true })
  expect((await ensure()).warning).toBeNull()
  expect(await setUserStaff(db, 'unknown', true)).toBeNull()
})

test('in production the server makes up no password, and the log says how to make a staff user', async () => {
  server = await startServer()
  const { madeUp, warning } = await ensure({ password: null })
  expect([madeUp, await countStaff()]).toEqual([null, 0])
  expect(warning).toMatch(
    /^There is no staff user\. ADMIN_PASSWORD .*create-superuser.*users promote/,
  )
  expect((await ensure({ password: null, mayMakeUp: true })).madeUp).toMatch(/^[\w-]{16}$/)
})

test('the audit has the first staff user as it has other accounts that are made, and says that the application did it', async () => {
  server = await startServer()
  await Promise.all([ensure(), ensure()])
  await ensure()
  const events = await server.app.db.auditEvent.findMany({
    orderBy: { id: 'asc' },
    include: { subject: true },
  })
  expect(
    events.map(({ type, actorId, subject, detail }) => [type, actorId, subject?.username, detail]),
  ).toEqual([
    ['USER_CREATED', null, 'admin', '{"application":true}'],
    ['USER_PROMOTED', null, 'admin', '{"application":true}'],
  ])
})
