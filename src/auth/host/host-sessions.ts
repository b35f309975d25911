import { NotFound } from '../../refusals.ts'
import { parseId } from '../../session/key.ts'
import { deviceOf } from '../../http/device.ts'
import type { Revocation } from '../sessions/revocation.ts'
import { assertMeant } from '../sessions/session-filter.ts'
import type { ListedSession, SessionList } from '../sessions/session-list.ts'
import { endedAtOf, isAlive, reasonOf } from '../roster/why-ended.ts'
import type { SessionEndReason } from '../roster/why-ended.ts'
import { asHost } from './acting.ts'
import type { Acting } from './acting.ts'
import { pageOf } from './page.ts'
import type { Page, PageOptions } from './page.ts'
import { assertHostFilter } from './host-filter.ts'
import type { HostSessionFilter } from './host-filter.ts'

/** A session as the roster lists it, with its end reason and device. It holds no secret: the id opens nothing. */
export interface HostSession extends ListedSession {
  /** Null while it is alive. */
  readonly endReason: SessionEndReason | null
  readonly isActive: boolean
  /** For people: Firefox on Linux. Null where the user agent says nothing. */
  readonly device: string | null
}

/**
 * The sessions of an application, for its host's code. The database engines list every session; the others list the signed-in
 * ones.
 */
export interface HostSessions {
  /**
   * A page of the sessions that the filter matches, newest first; without a filter, of all active ones. Throws `InvalidInput`
   * for a filter with a name that is unknown or has no value.
   */
  list(filter?: HostSessionFilter, page?: PageOptions): Promise<Page<HostSession>>
  /** Ends the session of this id at once, on every process. Throws `NotFound` where none is alive. */
  revoke(id: string, acting?: Acting): Promise<void>
  /**
   * Ends every session that the filter matches, in batches, and resolves with their number once the last is over. To end all,
   * pass `{ status: 'ACTIVE' }`. Throws `InvalidInput` for an empty filter, and for one that `list` refuses.
   */
  revokeAll(filter: HostSessionFilter, acting?: Acting): Promise<number>
}

/** The parts that a host's calls about sessions work on. */
export interface HostSessionsOptions {
  readonly sessions: Pick<SessionList, 'list'> & Pick<Revocation, 'revoke' | 'revokeAll'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Hands a host the use cases that GraphQL, the staff's pages and the shell call too. */
export function createHostSessions({ sessions, now }: HostSessionsOptions): HostSessions {
  return {
    async list(filter = {}, page) {
      assertHostFilter(filter)
      const { items, next } = await pageOf<ListedSession>(
        {
          name: 'sessions',
          positionOf: ({ createdAt, id }) => ({ at: createdAt, id }),
          find: (range) => sessions.list(filter, range),
        },
        page,
      )
      return { items: items.map(viewOf), next }
    },

    async revoke(id, acting) {
      const known = parseId(id)
      if (known === null) throw new NotFound('session')
      await sessions.revoke(known, asHost(acting))
    },

    async revokeAll(filter, acting) {
      assertHostFilter(filter)
      assertMeant(filter)
      const { revokedCount } = await sessions.revokeAll(filter, asHost(acting))
      return revokedCount
    },
  }

  function viewOf(session: ListedSession): HostSession {
    const isActive = isAlive(session, now())
    const endReason = reasonOf(session, now())
    const endedAt = endedAtOf(session)
    return { ...session, endedAt, endReason, isActive, device: deviceOf(session.userAgent) }
  }
}
