import { expect, onTestFinished, test } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'

const fresh = 'a password that no other account has'
const change = `mutation { changePassword(input: { currentPassword: "${password}", newPassword: "${fresh}" }) { __typename } }`

test('changePassword whose session staff end once the password is stored says that it is', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const { db } = server.app
  const [ada, chief] = [
    await server.signedIn('ada'),
    await server.signedIn('chief', { isStaff: true }),
  ]
  const { session } = await ada.data('{ session { id } }')
  const user = await db.user.findUniqueOrThrow({ where: { usernameKey: 'ada' } })
  const [at, later] = [new Date(), new Date(Date.now() + 3_600_000)]
  const clocks = { createdAt: at, lastSeenAt: at, expiresAt: later }
  // The end of so many takes long enough for staff to come in between.
  const data = Array.from({ length: 5000 }, (_, n) => ({
    ...clocks,
    id: `other${n}`,
    userId: user.id,
    epoch: user.epoch,
  }))
  await db.session.createMany({ data })

  const changing = ada.send(change)
  const epoch = async () => (await db.user.findUniqueOrThrow({ where: { id: user.id } })).epoch
  await expect.poll(epoch, { interval: 1 }).toBeGreaterThan(user.epoch)
  await chief.data(`mutation { deleteSession(id: "${session.id}") { __typename } }`)

  const { errors } = await changing
  const message = 'The session ended meanwhile. The new password is stored.'
  expect(errors).toMatchObject([{ message, extensions: { code: 'SESSION_INTERRUPTED' } }])
  const { login } = await server.visitor().data(loginDocument, { username: 'ada', password: fresh })
  expect(login.__typename).toBe('LoginSuccess')
  const type = 'PASSWORD_CHANGED'
  expect(await db.auditEvent.count({ where: { type, subjectId: user.id } })).toBe(1)
})
