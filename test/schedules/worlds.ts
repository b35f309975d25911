import { usernameKey } from '../../src/auth/users/username.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { createScheduler } from './scheduler.ts'
import type { Mishaps } from './scheduler.ts'
import { blank, copyOf } from './tables.ts'
import type { Tables } from './tables.ts'
import { idleAge, openWorld } from './world.ts'
import type { Browser, Engine, Plants, Rest, Start, World } from './world.ts'

/** The password of every user. */
export const password = 'correct horse battery staple'

const began = Date.UTC(2026, 0, 15, 12)

/** Sessions are touched when a tenth of the idle age has passed: in every story, that is now. */
const untilTouchIsDue = (idleAge / 10) * 1000 + 1000

/**
 * Makes worlds that are alike: the visitor has a session, ada is signed in on another device too, and ben is known. Their
 * sessions are made by the code itself, once.
 */
export async function createWorlds(
  engine: Engine,
  start: Start,
  plants: Plants = {},
): Promise<(mishaps?: Mishaps) => World> {
  const kind = `${engine} ${start}`
  const { rest, cookies, names } = prepared.get(kind) ?? (await prepare(engine, start))
  prepared.set(kind, { rest, cookies, names })
  return (mishaps) =>
    openWorld({ engine, start, plants, cookies }, copyRest(rest), createScheduler(mishaps, names))
}

interface Prepared {
  readonly rest: Rest
  readonly cookies: Record<Browser, SessionKey>
  readonly names: readonly (readonly [id: string, name: string])[]
}

const prepared = new Map<string, Prepared>()

async function prepare(engine: Engine, start: Start): Promise<Prepared> {
  const rest: Rest = { tables: createTables(), records: { kept: new Map(), last: 0 }, now: began }
  const scheduler = createScheduler()
  scheduler.release()
  const first = openWorld({ engine, start, plants: {}, cookies: noCookies }, rest, scheduler)
  const cookies = {
    browser: await keep(first, start, { origin: 'browser' }),
    device: await keep(first, 'ada', { origin: 'device' }),
    stranger: createKey(),
  }
  rest.now += untilTouchIsDue
  const names = [
    [idOf(cookies.browser), "the visitor's session"],
    [idOf(cookies.device), 'the session on the other device'],
    [idOf(cookies.stranger), 'a session that was never issued'],
  ] as const
  return { rest, cookies, names }
}

const noCookies: World['cookies'] = { browser: null, device: null, stranger: null }

function createTables(): Tables {
  const user = (name: string) => {
    const names = { id: name, username: name, usernameKey: usernameKey(name) }
    const passwordHash = `hash of ${password}`
    return { ...blank.user, ...names, passwordHash, dateJoined: new Date(began) }
  }
  const users = ['ada', 'ben'].map((name) => [name, user(name)] as const)
  return { session: new Map(), user: new Map(users) }
}

/** The key of a new session, signed in or not, which says where it comes from. */
async function keep(world: World, as: Start, values: Record<string, string>): Promise<SessionKey> {
  const { session } = world.attend('before', 'before', null)
  session.set('values', values)
  if (as === 'ada') session.bind({ userId: as, epoch: 0, backend: 'password' }, null)
  await session.commit()
  if (session.kept === null) throw new Error('The session was not kept.')
  return session.kept.key
}

function copyRest({ tables, records, now }: Rest): Rest {
  return { tables: copyOf(tables), records: { ...records, kept: new Map(records.kept) }, now }
}
