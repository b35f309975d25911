import { expect, test } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'

const newPassword = 'another horse, another staple'
const look = '{ me { username } session { endReason } cart { totalQuantity } }'

test('the story of an account holds, from a guest’s first hat to the audit', async () => {
  const server = await startServer()
  try {
    const staff = await server.signedIn('chief', { isStaff: true })

    // A guest with a cart makes an account: the cart comes along.
    const laptop = server.visitor()
    await laptop.data('mutation { addCartItem(input: { sku: "hat", quantity: 2 }) { __typename } }')
    const registered = await laptop.data(
      'mutation ($password: String!) { register(input: { username: "ada", password: $password }) { __typename } }',
      { password },
    )
    expect(registered.register.__typename).toBe('RegisterSuccess')
    expect(await laptop.data(look)).toMatchObject({
      me: { username: 'ada' },
      cart: { totalQuantity: 2 },
    })

    // Two more devices, and a login that was wrong.
    const [phone, tablet, stranger] = [server.visitor(), server.visitor(), server.visitor()]
    for (const device of [phone, tablet]) {
      const { login } = await device.data(loginDocument, { username: 'ada', password })
      expect(login.__typename).toBe('LoginSuccess')
    }
    const wrong = await stranger.data(loginDocument, { username: 'ada', password: 'a wrong guess' })
    expect(wrong.login.code).toBe('INVALID_CREDENTIALS')
    const { me } = await laptop.data(
      '{ me { sessions { totalCount nodes { id isCurrent isActive } } } }',
    )
    expect(me.sessions.totalCount).toBe(3)
    expect(
      me.sessions.nodes.filter(({ isCurrent }: { isCurrent: boolean }) => isCurrent),
    ).toHaveLength(1)

    // The phone is lost while a page on it listens: its stream ends with the reason.
    const { session } = await phone.data('{ session { id } }')
    const listening = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        cookie: `sessionid=${phone.cookie}`,
      },
      body: JSON.stringify({
        query: 'subscription { sessionEvents { ... on SessionEnded { reason } } }',
      }),
    })
    const revoked = await laptop.data(
      'mutation ($id: ID!) { revokeSession(id: $id) { __typename } }',
      { id: session.id },
    )
    expect(revoked.revokeSession.__typename).toBe('RevokeSessionSuccess')
    expect(await listening.text()).toContain('"reason":"REVOKED"')
    expect(await phone.data(look)).toEqual({
      me: null,
      session: { endReason: 'REVOKED' },
      cart: { totalQuantity: 0 },
    })

    // A new password: the tablet is signed out and told why, the laptop goes on.
    const changed = await laptop.data(
      'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ... on ChangePasswordSuccess { revokedCount } } }',
      { input: { currentPassword: password, newPassword } },
    )
    expect(changed.changePassword).toEqual({ revokedCount: 1 })
    expect(await tablet.data(look)).toMatchObject({
      me: null,
      session: { endReason: 'PASSWORD_CHANGED' },
    })
    expect(await laptop.data(look)).toMatchObject({
      me: { username: 'ada' },
      cart: { totalQuantity: 2 },
    })
    const again = await tablet.data(loginDocument, { username: 'ada', password: newPassword })
    expect(again.login.__typename).toBe('LoginSuccess')
    await tablet.data('mutation { logout { session { id } } }')

    // All of it is on record, and none of it is a secret.
    const { auditEvents } = await staff.data(
      '{ auditEvents(first: 50) { nodes { type actor { username } subject { username } ipAddress detail } } }',
    )
    const aboutAda = auditEvents.nodes.filter(
      ({ subject }: { subject: { username: string } | null }) => subject?.username === 'ada',
    )
    expect(aboutAda.map(({ type }: { type: string }) => type)).toEqual([
      'LOGOUT',
      'LOGIN',
      'PASSWORD_CHANGED',
      'SESSION_REVOKED',
      'LOGIN_FAILED',
      'LOGIN',
      'LOGIN',
      'LOGIN',
      'REGISTERED',
    ])
    for (const { type, actor, ipAddress } of aboutAda) {
      expect(actor).toEqual(type === 'LOGIN_FAILED' ? null : { username: 'ada' })
      expect(ipAddress).toBe('127.0.0.1')
    }
    expect(JSON.stringify(auditEvents)).not.toMatch(/horse|wrong guess/)
  } finally {
    await server.stop()
  }
})

test('a staff session is idle for no longer than SESSION_STAFF_AGE, whatever was asked for', async () => {
  const server = await startServer({ SESSION_STAFF_AGE: '60' })
  try {
    const age = async (username: string, isStaff: boolean) => {
      await server.signedIn(username, { isStaff })
      const visitor = server.visitor()
      const variables = { username, password, rememberMe: true }
      const { login } = await visitor.data(loginDocument, variables)
      return Math.round((Date.parse(login.session.expiresAt) - Date.now()) / 1000)
    }
    expect(await age('chief', true)).toBeLessThanOrEqual(60)
    expect(await age('ada', false)).toBeGreaterThan(1_000_000)
  } finally {
    await server.stop()
  }
})
