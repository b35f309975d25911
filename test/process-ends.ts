import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { loginDocument, registerDocument } from './harness.ts'
import type { Visitor } from './harness.ts'
import { openEvents } from './host/events.ts'
import type { Events } from './host/events.ts'

const add = 'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename } }'
const look = '{ me { id } session { id } cart { items { sku } } }'
const change =
  'mutation ($old: String!) { changePassword(input: { currentPassword: $old, newPassword: "another horse, another staple" }) { __typename } }'

/** Whose session ends, and who may end it. */
interface Scene {
  readonly user: Visitor
  /** The same user on another device. */
  readonly laptop: Visitor
  readonly staff: Visitor
  readonly me: string
  readonly session: string
}

/** A way in which a session ends, with the reason that its streams give. */
type End = readonly [
  what: string,
  reason: string,
  end: (scene: Scene, password: string) => Promise<object>,
]

/** Every way through a server. */
const ends: readonly End[] = [
  ['its logout', 'LOGOUT', ({ user }) => user.data('mutation { logout { __typename } }')],
  [
    'staff',
    'REVOKED',
    ({ staff, session: id }) =>
      staff.data('mutation ($id: ID!) { deleteSession(id: $id) { __typename } }', { id }),
  ],
  [
    'its user elsewhere',
    'REVOKED',
    ({ laptop }) => laptop.data('mutation { revokeOtherSessions { __typename } }'),
  ],
  [
    'a change of password elsewhere',
    'PASSWORD_CHANGED',
    ({ laptop }, old) => laptop.data(change, { old }),
  ],
  [
    'the deactivation of its user',
    'USER_DEACTIVATED',
    ({ staff, me: id }) =>
      staff.data('mutation ($id: ID!) { setUserActive(id: $id, active: false) { __typename } }', {
        id,
      }),
  ],
]

/** What the processes of a test are asked by. */
export interface Asking {
  readonly endpoints: readonly string[]
  /** A visitor of each process in turn. */
  visitor(at: number, cookie?: string | null): Visitor
  readonly staff: Visitor
  readonly password: string
  /** Ends a session at the shell. Left out: none is ended there. */
  readonly revoke?: (id: string) => Promise<unknown>
}

/**
 * Ends a session in each way that there is, all at once, while every process has a stream of it and writes to it. Each stream
 * ends with its reason, and no write brings back what has ended, on any process.
 */
export async function endInEveryWay({ endpoints, visitor, staff, password, revoke }: Asking) {
  const shell: End = [
    'the shell',
    'REVOKED',
    async ({ session }) => {
      await revoke?.(session)
      return { revoke: { __typename: 'Success' } }
    },
  ]
  const begun = []
  for (const [at, [what, reason, end]] of (revoke ? [...ends, shell] : ends).entries()) {
    const [user, laptop] = [visitor(at), visitor(at + 1)]
    const username = `end${at}`
    const { register } = await user.data(registerDocument, { username, password })
    const { login } = await laptop.data(loginDocument, { username, password })
    expect([register.__typename, login.__typename]).toEqual(['RegisterSuccess', 'LoginSuccess'])
    await user.data(add, { sku: 'before' })
    const { cookie } = user
    const { me, session } = await user.data(look)
    const scene = { user, laptop, staff, me: me.id, session: session.id }
    const streams = await Promise.all(endpoints.map((endpoint) => openEvents(endpoint, cookie)))
    begun.push({ what, reason, cookie, streams, end: () => end(scene, password) })
  }

  const over = begun.map(async ({ what, reason, cookie, streams, end }) => {
    const writers = endpoints.map((_, at) => visitor(at, cookie))
    const writing = writers.map(async (writer) => {
      for (let n = 0; n < 4; n++) {
        await sleep(Math.random() * 20)
        await writer.send(add, { sku: 'late' })
      }
    })
    await sleep(Math.random() * 30)
    const [answer] = Object.values(await end()) as { __typename: string }[]
    expect([what, answer?.__typename]).toEqual([what, expect.stringMatching(/Success$/)])
    await Promise.all(writing)
    for (const at of endpoints.keys())
      expect([what, await visitor(at, cookie).data(look)]).toEqual([
        what,
        { me: null, session: { id: null }, cart: { items: [] } },
      ])
    // What comes after the end begins a session of its own.
    for (const writer of writers) {
      const { me, cart } = await writer.data(look)
      expect([what, me]).toEqual([what, null])
      expect(cart.items).not.toContainEqual({ sku: 'before' })
    }
    for (const events of streams)
      expect([what, await endOf(events)]).toEqual([what, { __typename: 'SessionEnded', reason }])
  })
  await Promise.all(over)
}

/** The last event of a stream, which must be complete after it. Whether it changes before it ends is of other tests. */
async function endOf(events: Events): Promise<unknown> {
  let last: unknown = null
  for (let event; (event = await events.next()) !== null;) last = event
  return last
}
