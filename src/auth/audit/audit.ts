import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Database } from '../../database/database.ts'
import { isRefusedRow } from '../../database/errors.ts'
import { statement } from '../../database/statements.ts'
import { createUuids } from '../../database/uuid.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import type { AuthEvent } from './auth-event.ts'
import { networkOf } from '../throttle/network.ts'
import { fitsColumn, longestName } from '../lists/column-text.ts'
import { usernameKey } from '../users/username.ts'

/** The trail of who did what to whose session. It grows at one end and is purged at the other; nothing in it changes. */
export interface Audit {
  /** Logs the event, then stores it. Rejects where it cannot be stored: the log has it all the same. */
  record(event: AuthEvent): Promise<void>
}

/** How the audit is set up. */
export interface AuditOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly database: Dependency
  readonly log: Logger
  /** Counts by type what is stored. */
  readonly counts?: { stored(type: AuthEvent['type']): void }
}

/** Refusing is cheap and storing is not: a throttled network that goes on gets one row a minute from each process. */
const throttledEvery = 60_000

interface NamedUser {
  readonly id: string
  readonly username: string
}

const add = statement(
  `INSERT INTO "AuditEvent" (id, at, type, "actorId", "subjectId", "sessionId", "ipAddress", "userAgent", detail)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
)
const named = statement<NamedUser>('SELECT id, username FROM "User" WHERE "usernameKey" = $1')

/** The audit in the AuditEvent table. */
export function createAudit(db: Database, { now, database, log, counts }: AuditOptions): Audit {
  const createUuid = createUuids()
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
        if ('username' in event && isStored) about = ofUser(about, await find(event.username))
      } finally {
        log.info({ event: type, ...columns, ...withoutSessions(about) }, 'auth event')
      }
      if (!isStored) return
      const store = (actor: string | null, { subjectId, detail }: About) => {
        const { ipAddress, userAgent } = columns
        const written = detail && JSON.stringify(detail)
        const whatAndWho = [type, actor, subjectId, sessionId, ipAddress, userAgent, written]
        const values = [createUuid(), new Date(now()), ...whatAndWho]
        return database.call(() => db.statements.write(add, values))
      }
      try {
        await store(actorId, about)
      } catch (error) {
        if (!isRefusedRow(error)) throw error
        // A user whom the event names was deleted meanwhile. The audit keeps the event without their name.
        const isLeft = await whoIsLeft([actorId, about.subjectId])
        const nameless = 'username' in event ? aboutOf(event) : noUser
        await store(isLeft(actorId) ? actorId : null, isLeft(about.subjectId) ? about : nameless)
      }
      counts?.stored(type)
    },
  }

  async function whoIsLeft(
    ids: readonly (string | null)[],
  ): Promise<(id: string | null) => boolean> {
    const where = { id: { in: ids.filter((id) => id !== null) } }
    const found = await database.call(() => db.user.findMany({ where, select: { id: true } }))
    return (id) => id === null || found.some((user) => user.id === id)
  }

  function isFirstOf(network: string): boolean {
    const last = throttled.get(network)
    // A clock that was set back must not silence the audit until it has caught up.
    if (last !== undefined && Math.abs(now() - last) < throttledEvery) return false
    throttled.set(network, now())
    return true
  }

  /** People type passwords into the username field: the audit keeps only a name that a user has, as that user spells it. */
  async function find(username: string): Promise<NamedUser | null> {
    if (!fitsColumn(username, longestName)) return null
    return database.call(() => db.statements.first(named, [usernameKey(username)]))
  }
}

interface About {
  readonly subjectId: string | null
  readonly detail: object | null
}

const noUser: About = { subjectId: null, detail: null }

function aboutOf(event: AuthEvent): About {
  if ('username' in event)
    return { subjectId: null, detail: 'detail' in event ? event.detail : null }
  const { subjectId, shell, application } = event
  const by = { ...(shell && { shell }), ...(application && { application }) }
  const detail = { ...('detail' in event && event.detail), ...by }
  return { subjectId, detail: Object.keys(detail).length === 0 ? null : detail }
}

function ofUser(about: About, user: NamedUser | null): About {
  if (user === null) return about
  return { subjectId: user.id, detail: { ...about.detail, username: user.username } }
}

/** A line of the log need not name hundreds of sessions. */
function withoutSessions({ subjectId, detail }: About): About {
  return { subjectId, detail: detail && { ...detail, sessions: undefined } }
}
