import { authenticate, login, logout } from '../../src/auth/auth.ts'
import { changePassword } from '../../src/auth/change-password.ts'
import { sameSession } from '../../src/auth/admission.ts'
import { endOutdated, endSessions, setUserActive } from '../../src/auth/ending.ts'
import { idOf } from '../../src/session/key.ts'
import { SessionInterrupted } from '../../src/refusals.ts'
import { noThrottle } from '../no-throttle.ts'
import { password } from './worlds.ts'
import type { Browser, Parts, World } from './world.ts'

/** What a request may ask for. Add one here, and it is tried against all the others. */
export interface Operation {
  /** Whose cookie goes with it; null for what staff or time do to the visitor's session. */
  readonly from: Browser | null
  /** Which sessions it ends: the visitor's, all of ada's, or all of ada's but the one that it comes from. */
  readonly ends?: 'the visitor' | 'all' | 'the others'
  /** Only for a visitor who is signed in. */
  readonly signedIn?: boolean
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

  login: { from: 'browser', run: (parts) => signIn(parts, 'ada') },

  'login as another': {
    from: 'browser',
    ends: 'the visitor',
    run: (parts) => signIn(parts, 'ben'),
  },

  logout: {
    from: 'browser',
    ends: 'the visitor',
    async run({ session }) {
      await session.auth()
      logout(session)
      await session.commit()
    },
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

async function signIn({ session, backends }: Parts, username: string): Promise<void> {
  const desk = { backends, throttle: noThrottle }
  const identity = await authenticate(desk, { username, password }, null)
  await login(session, identity, null)
  await session.commit()
}

async function replacePassword({
  session,
  roster,
  db,
  passwords,
  ending,
  now,
}: Parts): Promise<string> {
  const auth = await session.auth()
  const user = auth && (await roster.user(auth.userId))
  const keep = await session.id()
  if (user === null || auth === null || keep === null) throw new SessionInterrupted()
  const epoch = await changePassword(db, passwords, {
    user,
    currentPassword: password,
    newPassword: 'another', // short, so that no list of common ones is searched
    keep,
    now: now(),
  })
  await endOutdated(ending, { id: user.id, epoch }, 'PASSWORD_CHANGED', null)
  session.rebind({ ...auth, epoch })
  await session.commit()
  return user.id
}
