import { expect, test } from 'vitest'
import type { User } from '../../src/auth/users/user.ts'
import { cartDefinition } from '../../src/features/cart/names.ts'
import { preferencesDefinition, defaultPreferences } from '../../src/features/preferences/names.ts'
import { valuesDefinition } from '../../src/features/values/names.ts'
import type { SessionSettings } from '../../src/session/settings.ts'
import { createWriterQueue } from '../../src/session/queue.ts'
import type { SessionRoster } from '../../src/session/roster.ts'
import { Session } from '../../src/session/session.ts'
import { createClock } from '../harness.ts'
import { createStore } from './memory-store.ts'
import { noRoster } from './no-roster.ts'

const auth = { userId: 'u1', epoch: 0, backend: 'password' }
const ada: User = {
  id: 'u1',
  username: 'ada',
  email: null,
  isActive: true,
  isStaff: true,
  epoch: 0,
  dateJoined: new Date(0),
  lastLogin: null,
}
const hats = { items: [{ sku: 'hat', quantity: 2, addedAt: 0 }] }

/** Sessions of two processes on one store: preferences go, values learn who it is, the cart says nothing. */
function setUp() {
  const store = createStore()
  const settings: SessionSettings = {
    store,
    policy: { age: 300, absoluteAge: 0, expireAtBrowserClose: false },
    definitions: {
      cart: cartDefinition,
      preferences: { ...preferencesDefinition, onSignIn: 'drop' },
      values: {
        ...valuesDefinition,
        onSignIn: (values, user) => ({
          ...values,
          greeting: `${user.username}, staff: ${user.isStaff}`,
        }),
      },
    },
    maxBytes: 10_000,
    queue: createWriterQueue(),
    now: createClock().now,
  }
  const roster: SessionRoster = { ...noRoster, open: (id, from) => from.load(id) }
  const open = (session: Session | null, queue = settings.queue) => {
    const cookie = session?.cookie
    const key = cookie && cookie !== 'clear' ? cookie.key : null
    return new Session({ ...settings, queue }, roster, key)
  }
  const fill = async (session: Session) => {
    session.set('cart', hats)
    session.set('preferences', { ...defaultPreferences, theme: 'DARK' })
    session.set('values', { note: 'mine' })
    await session.commit()
    return session
  }
  return { open, fill }
}

test('a guest who signs in keeps, drops and changes each name as its rule says', async () => {
  const { open, fill } = setUp()
  const session = open(await fill(open(null)))
  session.bind(auth, null, ada)
  await session.commit()
  expect(await open(session).entries()).toEqual([
    ['cart', hats],
    ['values', { note: 'mine', greeting: 'ada, staff: true' }],
  ])
})

test('a rule for sign-in is not asked where a guest has nothing under its name', async () => {
  const { open } = setUp()
  const session = open(null)
  session.bind(auth, null, ada)
  await session.commit()
  expect(await open(session).keys()).toEqual([])
})

test('a user who is signed in already loses nothing by signing in again', async () => {
  const { open, fill } = setUp()
  const first = open(null)
  first.bind(auth, null, ada)
  await first.commit()
  const session = open(await fill(first))
  session.bind(auth, null, ada)
  await session.commit()
  expect(await open(session).keys()).toEqual(['cart', 'preferences', 'values'])
  expect(await open(session).get('values')).toEqual({ note: 'mine' })
})

test('a rule for sign-in sees what another process stored while the guest signed in', async () => {
  const { open, fill } = setUp()
  const guest = await fill(open(null))
  const session = open(guest)
  const elsewhere = open(guest, createWriterQueue())
  await session.keys()
  elsewhere.update('values', (values) => ({ ...values, late: 1 }))
  await elsewhere.commit()
  session.bind(auth, null, ada)
  await session.commit()
  expect(await open(session).get('values')).toEqual({
    note: 'mine',
    late: 1,
    greeting: 'ada, staff: true',
  })
})
