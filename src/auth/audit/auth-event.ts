import type { Logger } from 'pino'
import type { Client } from '../../http/client.ts'
import type { SessionId } from '../../session/key.ts'

/** The operator at the server's shell: the operating system's name for them, and the machine's name. */
export interface ShellUser {
  readonly user: string
  readonly host: string
}

/** Who did it, and from where. */
export interface ActedBy {
  /** Null for a visitor who is not signed in, and for an operator at the server's shell. */
  readonly actorId: string | null
  /** The session that it made, ended or happened in. Its type keeps session keys out. */
  readonly sessionId: SessionId | null
  /** Null at the server's shell. */
  readonly client: Client | null
  /** Only at the server's shell. Kept in the event's detail. */
  readonly shell?: ShellUser
}

/** What every event says: who did it, to whom, from where. */
interface Circumstances extends ActedBy {
  /** The user it happened to; null where it happened to no user of ours. */
  readonly subjectId: string | null
}

/** Credentials that opened nothing. The audit finds out which user they were for, if any. */
interface Refused extends Omit<Circumstances, 'subjectId'> {
  /** As it was typed, so perhaps a password: not to be logged or stored. */
  readonly username: string
}

/** Something that happened to a user's account or sessions. It has happened: what it says is stored already. */
export type AuthEvent =
  | (Circumstances & { readonly type: 'LOGIN'; readonly detail: { readonly backend: string } })
  | (Refused & { readonly type: 'LOGIN_FAILED' | 'LOGIN_THROTTLED' })
  | (Circumstances & {
      readonly type: 'SESSIONS_REVOKED'
      readonly detail: {
        /** What was asked for, as it was given; left out where a user ends all of their other sessions. */
        readonly filter?: object
        readonly count: number
        /** Which ended, if any. A batch has one event. */
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
  'PASSWORD_CHANGED',
  'SESSION_REVOKED',
  'SESSIONS_REVOKED',
  'USER_ACTIVATED',
  'USER_DEACTIVATED',
  'USER_PROMOTED',
  'USER_DEMOTED',
] as const satisfies readonly AuthEvent['type'][]

/** Called with every event: Django's `user_logged_in`, `user_login_failed`, `user_logged_out` and more, as one function. */
export type AuthListener = (event: AuthEvent) => void | Promise<void>

/** Calls every listener, all at once, and waits for them. Logs one that throws; the others and the caller go on. */
export async function notify(
  listeners: readonly AuthListener[],
  event: AuthEvent,
  log: Logger,
): Promise<void> {
  const { type, actorId, sessionId } = event
  const tell = async (listener: AuthListener) => {
    try {
      await listener(event)
    } catch (error) {
      log.error({ err: error, event: type, actorId, sessionId }, 'an auth listener failed')
    }
  }
  await Promise.all(listeners.map(tell))
}
