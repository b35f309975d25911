import type { Client } from '../../http/client.ts'
import { SessionInterrupted } from '../../refusals.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionAuth } from '../../session/record/record.ts'
import type { Session } from '../../session/session.ts'
import { after } from '../../waiting/soon.ts'
import type { Soon } from '../../waiting/soon.ts'
import type { ActedBy } from '../audit/auth-event.ts'
import type { RequestRoster } from '../roster/roster.ts'
import type { User } from '../users/user.ts'
import type { LoginRequest } from './backend.ts'

/** The sender of a request: their session, the roster as this request sees it, and the client. */
export interface Caller {
  readonly session: Session
  readonly roster: RequestRoster
  readonly client: Client
  /** The request itself, for backends that look at it; left out where there is none. */
  readonly exchange?: { readonly request: LoginRequest }
}

/** A caller who is signed in. */
export interface SignedIn {
  readonly user: User
  readonly auth: SessionAuth
  /** The id of their session. */
  readonly id: SessionId
}

/** The signed-in user; null for an anonymous visitor. The session loads once for all callers in a request. */
export function currentUser({
  session,
  roster,
}: Pick<Caller, 'session' | 'roster'>): Soon<User | null> {
  return after(session.auth(), (auth) => auth && roster.user(auth.userId))
}

/** The signed-in caller. Throws `SessionInterrupted` where their session is over by now. */
export async function signedIn(caller: Caller): Promise<SignedIn> {
  const { session } = caller
  const [user, auth, id] = [await currentUser(caller), await session.auth(), await session.id()]
  if (user === null || auth === null || id === null) throw new SessionInterrupted()
  return { user, auth, id }
}

/** The caller, for the audit. */
export async function actedBy({
  session,
  client,
}: Pick<Caller, 'session' | 'client'>): Promise<ActedBy> {
  const auth = await session.auth()
  return { actorId: auth?.userId ?? null, sessionId: await session.id(), client }
}

/** Call it after ending the session `id`. Where that is the caller's own, it is over for the rest of this request too. */
export async function leaveIfOwn(
  { session }: Pick<Caller, 'session'>,
  id: SessionId,
): Promise<void> {
  if (id === (await session.id())) session.flush()
}
