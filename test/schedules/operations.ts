import { createPasswordChange } from '../../src/auth/accounts/change-password.ts'
import { createIdentities } from '../../src/auth/logins/identity.ts'
import { createLogins } from '../../src/auth/logins/logins.ts'
import { sameSession } from '../../src/auth/roster/admission.ts'
import { setUserActive } from '../../src/auth/accounts/activation.ts'
import { endOne } from '../../src/auth/sessions/end-of-one.ts'
import { endSessions } from '../../src/auth/sessions/ending.ts'
import { idOf } from '../../src/session/key.ts'
import { noThrottle } from '../no-throttle.ts'
import { passTime } from './time.ts'
import { password } from './worlds.ts'
import { idleAge } from './world.ts'
import type { Browser, Parts, World } from './world.ts'

/** What a request may ask for. Add one here, and it is tried against all the others. */
export interface Operation {
  /** Whose cookie goes with it; null for what staff or time do to the visitor's session. */
  readonly from: Browser | null
  /** Which sessions it ends: the visitor's, all of ada's, or all of ada's but the one that it comes from. */
  readonly ends?: 'the visitor' | 'all' | 'the others'
  /** Only for a visitor who is signed in. */
  readonly signedIn?: boolean
  /** It has scenes of its own, and is not tried against all the others. */
  readonly isOfItsOwnScenes?: boolean
  /** Carries it out. `by` is the name of the request. What it comes to is noted as the request's result. */
  readonly run: (parts: Parts, by: string, world: World) => Promise<unknown>
}

/** Every operation that is explored, as a field of a mutation carries it out, or as staff and time do. */
export const operations = {
  write: { from: 'browser', run: write },

  touch: {
    from: 'browser',
    run: async ({ session }) => session.get('values'),
  },

  'a shorter age': {
    from: 'browser',
    run: async ({ session }) => session.setExpiry(idleAge / 2),
  },

  login: { from: 'browser', run: (parts) => signIn(parts, 'ada') },

  'login as another': {
    from: 'browser',
    ends: 'the visitor',
    run: (parts) => signIn(parts, 'ben'),
  },

  logout: {
    from: 'browser',
    ends: 'the visitor',
    run: (parts) => loginsOf(parts).logout(callerOf(parts)),
  },

  'change of password': {
    from: 'browser',
    ends: 'the others',
    signedIn: true,
    run: replacePassword,
  },

  'change of password elsewhere': {
    from: 'device',
    ends: 'the others',
    signedIn: true,
    run: replacePassword,
  },

  revoke: {
    from: null,
    ends: 'the visitor',
    signedIn: true,
    async run({ ending, now }, _by, { first }) {
      const ended: string[] = []
      const onEnded = async (ids: readonly string[]) => void ended.push(...ids)
      if (first.browser) {
        const condition = sameSession(idOf(first.browser), now())
        await endSessions(ending, condition, 'REVOKED', { onEnded })
      }
      return ended
    },
  },

  'an end by staff, by its id': {
    from: null,
    ends: 'the visitor',
    isOfItsOwnScenes: true,
    async run({ ending }, _by, { first }) {
      const id = first.browser && idOf(first.browser)
      return id && (await endOne(ending, id)) ? [id] : []
    },
  },

  'an end of all, later': {
    from: null,
    ends: 'the visitor',
    signedIn: true,
    isOfItsOwnScenes: true,
    async run({ ending }, by, world) {
      await passTime(world, by, (idleAge * 2) / 3)
      await endSessions(ending, { userId: 'ada' }, 'REVOKED')
      return world.first.browser && [idOf(world.first.browser)]
    },
  },

  deactivate: {
    from: null,
    ends: 'all',
    signedIn: true,
    run: async ({ ending }) => (await setUserActive(ending, 'ada', false, null))?.user.id,
  },

  'write under a key that was never issued': {
    from: 'stranger',
    run: write,
  },
} as const satisfies Record<string, Operation>

/** The name of an operation. */
export type OperationName = keyof typeof operations

/** Every write leaves a mark of its own. */
async function write({ session }: Parts, by: string): Promise<void> {
  session.update('values', (values) => ({ ...values, [by]: true }))
}

/** Does it end the session that the visitor's browser has? */
export function endsTheVisitor({ ends, from }: Operation): boolean {
  return ends === 'the visitor' || ends === 'all' || (ends === 'the others' && from !== 'browser')
}

async function signIn(parts: Parts, username: string): Promise<void> {
  await loginsOf(parts).login(callerOf(parts), { username, password })
}

function loginsOf({ backends }: Parts) {
  return createLogins({
    backends,
    throttle: noThrottle,
    identities: createIdentities(),
    users: { find: async () => null },
    rememberAge: 0,
    staffExpiry: null,
    notify,
  })
}

async function replacePassword(parts: Parts): Promise<string> {
  const { db, passwords: hasher, ending, now } = parts
  const patienceFor = () => null
  const change = createPasswordChange({
    db,
    hasher,
    throttle: noThrottle,
    ending,
    patienceFor,
    now,
    notify,
  })
  const { user } = await change(callerOf(parts), {
    currentPassword: password,
    newPassword: 'another', // short, so that no list of common ones is searched
  })
  return user.id
}

function callerOf({ session, roster }: Parts) {
  return { session, roster, client: { ipAddress: null, userAgent: null } }
}

/** What the audit is told comes after all that a promise is about. */
async function notify(): Promise<void> {}
