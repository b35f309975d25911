import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Database } from '../database/database.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { SessionId } from '../session/key.ts'
import { networkOf } from './network.ts'
import { isPossible, longestName } from './possible.ts'
import type { Client } from '../http/client.ts'
import { usernameKey } from './username.ts'

/** Who sits at the server's shell: the operating system's word for them, and the machine's name. */
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

/** Credentials that opened nothing. The audit finds out whom they were for, if anybody. */
interface Refused extends Omit<Circumstances, 'subjectId'> {
  /** As it was typed, so perhaps a password: not to be logged or stored. */
  readonly username: string
}

/** Something that happened to somebody's account or sessions. It has happened: what it says is stored already. */
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

/** Hears of every event: Django's `user_logged_in`, `user_login_failed`, `user_logged_out` and more, as one function. */
export type AuthListener = (event: AuthEvent) => void | Promise<void>

/** Tells every listener, all at once, and waits for them. One that throws is logged, and stops neither the others nor the caller. */
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

/** The trail of who did what to whose session. It grows at one end and is purged at the other; nothing in it changes. */
export interface Audit {
  /** Logs the event, then stores it. An `AuthListener`. Rejects where it cannot be stored: the log has it all the same. */
  record(event: AuthEvent): Promise<void>
  /** Removes at most `limit` events that are past retention, and says how many. */
  clearExpired(limit: number): Promise<number>
}

/** How the audit is set up. */
export interface AuditOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How long events are kept, in seconds; 0: for ever. */
  readonly retention: number
  readonly database: Dependency
  readonly log: Logger
}

/** Refusing is cheap and storing is not: a network that goes on while it is throttled gets a row per minute and process. */
const throttledEvery = 60_000

/** The audit in the AuditEvent table. */
export function createAudit(db: Database, { now, retention, database, log }: AuditOptions): Audit {
  const throttled = new LRUCache<string, number>({ max: 10_000 })

  return {
    async record(event) {
      const { type, actorId, sessionId, client } = event
      const isStored = type !== 'LOGIN_THROTTLED' || isFirstOf(networkOf(client?.ipAddress ?? null))
      const columns = {
        actorId,
        sessionId,
        ipAddress: client?.ipAddress ?? null,
        userAgent: client?.userAgent?.slice(0, 512) ?? null,
      }
      let about = aboutOf(event)
      try {
        if ('username' in event && isStored) about = await find(event.username)
      } finally {
        log.info({ event: type, ...columns, ...withoutSessions(about) }, 'auth event')
      }
      if (!isStored) return
      const { subjectId } = about
      const detail = about.detail && JSON.stringify(about.detail)
      const data = { at: new Date(now()), type, ...columns, subjectId, detail }
      await database.call(() => db.auditEvent.create({ data, select: { id: true } }))
    },

    async clearExpired(limit) {
      if (retention === 0) return 0
      const before = new Date(now() - retention * 1000)
      const { count } = await db.auditEvent.deleteMany({ where: { at: { lte: before } }, limit })
      return count
    },
  }

  function isFirstOf(network: string): boolean {
    const last = throttled.get(network)
    // A clock that was put back must not silence it until it has caught up.
    if (last !== undefined && Math.abs(now() - last) < throttledEvery) return false
    throttled.set(network, now())
    return true
  }

  /** People type passwords into the username field: only a name that somebody has is kept, as that user spells it. */
  async function find(username: string): Promise<About> {
    if (!isPossible(username, longestName)) return nobody
    const where = { usernameKey: usernameKey(username) }
    const select = { id: true, username: true }
    const user = await database.call(() => db.user.findUnique({ where, select }))
    return user ? { subjectId: user.id, detail: { username: user.username } } : nobody
  }
}

interface About {
  readonly subjectId: string | null
  readonly detail: object | null
}

const nobody: About = { subjectId: null, detail: null }

function aboutOf(event: AuthEvent): About {
  if ('username' in event) return nobody
  const { subjectId, shell } = event
  const detail = { ...('detail' in event && event.detail), ...(shell && { shell }) }
  return { subjectId, detail: Object.keys(detail).length === 0 ? null : detail }
}

/** A line of the log need not name hundreds of sessions. */
function withoutSessions({ subjectId, detail }: About): About {
  return { subjectId, detail: detail && { ...detail, sessions: undefined } }
}
