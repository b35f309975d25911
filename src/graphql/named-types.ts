import type { Revoked } from '../auth/sessions/revocation.ts'
import type { ListedSession } from '../auth/sessions/session-list.ts'
import type { User } from '../auth/users/user.ts'
import type { Session } from '../session/session.ts'

/**
 * The types of the schema that other types may name, each with what a resolver returns for it: `type: 'User'`. A host adds
 * its own by declaration merging on the package, as it does with `SessionData`. An application does not start with a name
 * that no type has.
 */
// An interface, because only interfaces merge. Alone in its file, as `SessionData` is, and for the same reason.
export interface NamedTypes {
  User: User
  /** The visitor's own session. */
  Session: Session
  /** A session as lists show it. */
  SessionRecord: ListedSession
  /** An event of `sessionEvents`: `session` is the session as it is then stored. */
  SessionChanged: { readonly session: Session }
  /** The union of `SessionSuccess` and the refusals of a change. Resolve to any object: the type shows the session. */
  SessionResult: object
  RevokeSessionResult: { readonly id: string }
  RevokeSessionsSuccess: Revoked
}
