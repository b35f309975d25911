import type { Client } from '../../http/client.ts'
import type { SessionId } from '../../session/key.ts'

/** The operator at the server's shell: their name in the operating system, and the machine's name. */
export interface ShellUser {
  readonly user: string
  readonly host: string
}

/** Who did it, and from where. */
export interface ActedBy {
  /** Null for a visitor who is not signed in, an operator at the server's shell, and a host that acts for no user. */
  readonly actorId: string | null
  /** The session that it made, ended or happened in. Its type keeps session keys out. */
  readonly sessionId: SessionId | null
  /** Where the visitor is. Null at the server's shell, and where a host acts by itself. */
  readonly client: Client | null
  /** Only at the server's shell. Kept in the event's detail. */
  readonly shell?: ShellUser
  /** Only where the host's own code did it, or the server as it started. Kept in the event's detail. */
  readonly application?: true
}

/** What every event says: who did it, to whom, from where. */
interface Circumstances extends ActedBy {
  /** The user it happened to; null where it happened to no user of ours. */
  readonly subjectId: string | null
}

/**
 * Why a login was refused. For staff and listeners alone: the caller gets one sentence for all reasons.
 *
 * - `WRONG_CREDENTIALS`: no backend vouched for a user.
 * - `NOT_STAFF`: the user is right, and the login was for staff alone.
 * - `INACTIVE`: the user is right, and may not sign in.
 * - `VETOED`: a backend ended the search.
 */
export type LoginFailure = 'WRONG_CREDENTIALS' | 'NOT_STAFF' | 'INACTIVE' | 'VETOED'

/** A refused login. The audit finds out which user it was for, if any. */
interface Refused extends Omit<Circumstances, 'subjectId'> {
  /** As it was typed, so perhaps a password: never log or store it. */
  readonly username: string
}

/**
 * Something that has happened to a user's account or sessions, and is stored already.
 *
 * - `LOGIN`: `subjectId` has signed in, by the backend in `detail`, to the session `sessionId`.
 * - `LOGIN_FAILED`: the credentials were refused. `detail.reason` says why.
 * - `LOGIN_THROTTLED`: the credentials were not checked, because there were too many attempts.
 * - `LOGOUT`: `subjectId` has ended the session `sessionId`.
 * - `REGISTERED`: a visitor has made the account `subjectId`, in no session yet. `LOGIN` comes next.
 * - `USER_CREATED`: an operator, the host or the server at its first start has made the account `subjectId`.
 *   `detail.importedFrom` is the model that an import took it from.
 * - `PASSWORD_CHANGED`: every session of `subjectId` is over, save the one that asked for it.
 * - `SESSION_REVOKED`, `SESSIONS_REVOKED`: a caller has ended sessions from outside them, one by one or in a batch.
 * - `USER_DELETED`: an account was erased. `subjectId` is null, because the user is gone; `detail` has the id.
 * - `USER_ACTIVATED`, `USER_DEACTIVATED`, `USER_PROMOTED`, `USER_DEMOTED`: what `subjectId` may do has changed.
 */
export type AuthEvent =
  | (Circumstances & { readonly type: 'LOGIN'; readonly detail: { readonly backend: string } })
  | (Refused & {
      readonly type: 'LOGIN_FAILED'
      readonly detail: { readonly reason: LoginFailure }
    })
  | (Refused & { readonly type: 'LOGIN_THROTTLED' })
  | (Circumstances & {
      readonly type: 'USER_DELETED'
      readonly detail: { readonly userId: string }
    })
  | (Circumstances & {
      readonly type: 'USER_CREATED'
      /** The model of a Django site, where `import-django` made the account. */
      readonly detail?: { readonly importedFrom: string }
    })
  | (Circumstances & {
      readonly type: 'SESSIONS_REVOKED'
      readonly detail: {
        /** The filter as the caller gave it; left out where a user ends all of their other sessions. */
        readonly filter?: object
        readonly count: number
        /** The sessions that ended, if any. A batch has one event. */
        readonly sessions?: readonly SessionId[]
      }
    })
  | (Circumstances & {
      readonly type:
        | 'LOGOUT'
        | 'REGISTERED'
        | 'PASSWORD_CHANGED'
        | 'SESSION_REVOKED'
        | 'USER_ACTIVATED'
        | 'USER_DEACTIVATED'
        | 'USER_PROMOTED'
        | 'USER_DEMOTED'
    })

/** Every type of event. */
export const authEventTypes = [
  'LOGIN',
  'LOGIN_FAILED',
  'LOGIN_THROTTLED',
  'LOGOUT',
  'REGISTERED',
  'USER_CREATED',
  'PASSWORD_CHANGED',
  'SESSION_REVOKED',
  'SESSIONS_REVOKED',
  'USER_ACTIVATED',
  'USER_DEACTIVATED',
  'USER_PROMOTED',
  'USER_DEMOTED',
  'USER_DELETED',
] as const satisfies readonly AuthEvent['type'][]
