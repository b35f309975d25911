import { expect, test } from 'vitest'
import { valuesDefinition } from '../../src/features/values/names.ts'
import type { SessionId, SessionKey } from '../../src/session/key.ts'
import { createMovingStore } from '../../src/session/moving/moving-store.ts'
import { moveRecord } from '../../src/session/moving/move.ts'
import { createWriterQueue } from '../../src/session/queue.ts'
import { Session } from '../../src/session/session.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { SessionInterrupted } from '../../src/refusals.ts'
import { createStore } from './memory-store.ts'
import { noRoster } from './no-roster.ts'
import { drawn, playSteps } from './orders.ts'
import type { Choose, Stores } from './orders.ts'

/** How many orders of the calls are tried. */
const rounds = 1000
const now = () => 1000
const ada = { userId: 'ada', epoch: 0, backend: 'password' }
/** Opens sessions of users too, and knows that a key which opens nothing has been replaced. */
const roster = {
  ...noRoster,
  open: (id: SessionId, store: SessionStore) => store.load(id),
  isSuperseded: async () => true,
}

/** Where a process keeps new sessions: in the first store, in the second, or there while it moves by writes what it finds in the first. */
type Order = 'old' | 'new' | 'moving'

/** A session at a process of that order. */
function openSession({ a, b }: Stores, order: Order, key: SessionKey | null): Session {
  const { list: _list, ...unlisted } = a
  const [current, previous] = order === 'old' ? [a, b] : [b, order === 'new' ? a : unlisted]
  const settings = {
    store: createMovingStore({ current, previous, now }),
    policy: { age: 600, absoluteAge: 0, expireAtBrowserClose: false },
    definitions: { values: valuesDefinition },
    maxBytes: 65_536,
    queue: createWriterQueue(),
    now,
  }
  return new Session(settings, roster, key)
}

/**
 * A guest signs in at a process of `order` while another process writes to the session, and while every record moves: to the
 * second store, and then back to the first where `andBack`. Returns what went wrong.
 */
async function play(order: Order, andBack: boolean, choose: Choose): Promise<string[]> {
  const ids = new Set<SessionId>()
  const watched = () => {
    const store = createStore()
    const create: SessionStore['create'] = (id, record) => (ids.add(id), store.create(id, record))
    return { ...store, create }
  }
  const stores = { a: watched(), b: watched() }
  const guest = openSession(stores, 'old', null)
  guest.set('values', { before: 1 })
  await guest.commit()
  const oldKey = keyOf(guest)
  let newKey: SessionKey | null = null
  let isWritten = false

  const signIn = async (paced: Stores) => {
    const session = openSession(paced, order, oldKey)
    await session.get('values')
    session.bind(ada, null)
    await session.commit()
    newKey = keyOf(session)
  }
  const write = async (paced: Stores) => {
    const session = openSession(paced, 'new', oldKey)
    try {
      await session.update('values', (values) => ({ ...values, meanwhile: 1 }))
      await session.commit()
      isWritten = true
    } catch (error) {
      if (!(error instanceof SessionInterrupted)) throw error // the login has ended this key
    }
  }
  const moveAll = async ({ a, b }: Stores) => {
    for (const id of ids) await moveRecord({ from: a, to: b, now }, id)
    if (andBack) for (const id of ids) await moveRecord({ from: b, to: a, now }, id)
  }

  const wrong = await playSteps([signIn, write, moveAll], stores, choose)
  if (newKey === null) return [...wrong, 'the login has no session']
  const left = await openSession(stores, order, newKey).get('values')
  if (left?.['before'] !== 1) wrong.push('what the guest had is lost')
  if (isWritten && left?.['meanwhile'] !== 1) wrong.push('an update is lost')
  const old = await openSession(stores, order, oldKey).record()
  if (old !== null) wrong.push('the key from before the login opens a session')
  return wrong
}

function keyOf({ cookie }: Session): SessionKey {
  if (cookie === null || cookie === 'clear') throw new Error('The cookie is not set.')
  return cookie.key
}

test.each([
  ['old', false],
  ['new', false],
  ['old', true],
  ['new', true],
  ['moving', false],
  ['moving', true],
] as const)(
  'a login by a process of the %s order succeeds, and keeps every acknowledged write, while both its old and its new record move (and back again: %s)',
  async (order, andBack) => {
    const random = drawn(7)
    for (let round = 0; round < rounds; round++) {
      const wrong = await play(order, andBack, random)
      expect([round, wrong]).toEqual([round, []])
    }
  },
)
