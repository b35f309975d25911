import type { VNode } from 'preact'
import type { AuditedEvent } from '../auth/audit/audit-list.ts'
import type { AuthEvent } from '../auth/audit/auth-event.ts'
import { failureWords } from '../auth/audit/login-failure.ts'
import { Cell } from './cell.tsx'
import { detailOf } from './event-detail.ts'
import type { Detail } from './event-detail.ts'
import { FilterWords } from './filter-words.tsx'
import { counted, figure } from '../numbers.ts'
import { Name, SessionLink, UserLink } from './parts.tsx'
import { TimeAndAgo } from './times.tsx'

/** Every type of event, in words. */
export const eventNames: Readonly<Record<AuthEvent['type'], string>> = {
  LOGIN: 'Signed in',
  LOGIN_FAILED: 'Sign-in refused',
  LOGIN_THROTTLED: 'Sign-in slowed down',
  LOGOUT: 'Signed out',
  REGISTERED: 'Registered',
  USER_CREATED: 'Account made',
  PASSWORD_CHANGED: 'Password changed',
  SESSION_REVOKED: 'Session ended',
  SESSIONS_REVOKED: 'Sessions ended',
  USER_ACTIVATED: 'User activated',
  USER_DEACTIVATED: 'User deactivated',
  USER_PROMOTED: 'Made staff',
  USER_DEMOTED: 'Staff no longer',
  USER_DELETED: 'User deleted',
}

/** The types that a reader should not pass over. */
const grave: ReadonlySet<string> = new Set(['LOGIN_FAILED', 'LOGIN_THROTTLED', 'USER_DEACTIVATED'])

/** How a list of events is shown. */
export interface EventRowsOptions {
  readonly events: readonly AuditedEvent[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** The id of the session whose page it is. */
  readonly own?: string
  /** What the table is, for screen readers. */
  readonly caption: string
}

/** How long an address of IPv4 is at most, in characters. One of IPv6 may take two lines. */
export const ipv4 = 15

/** A table of events. */
export function EventRows({ events, now, own, caption }: EventRowsOptions): VNode {
  return (
    <table>
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">When</th>
          <th scope="col">By</th>
          <th scope="col">To</th>
          <th scope="col">From</th>
          <th scope="col">Session</th>
          <th scope="col">More</th>
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <Row key={event.id} event={event} now={now} own={own} />
        ))}
      </tbody>
    </table>
  )
}

function Row({
  event,
  now,
  own,
}: {
  event: AuditedEvent
  now: number
  own: string | undefined
}): VNode {
  const { type, at, actor, subject, ipAddress, sessionId } = event
  const detail = detailOf(event)
  const name = Object.hasOwn(eventNames, type) ? eventNames[type as AuthEvent['type']] : type
  return (
    <tr>
      <th scope="row">{grave.has(type) ? <span class="badge bad">{name}</span> : name}</th>
      <Cell of="When" isTight={true}>
        <TimeAndAgo at={at} now={now} />
      </Cell>
      <Cell of="By">
        <UserLink user={actor} none={strangerOf(event, detail)} />
      </Cell>
      <Cell of="To" isBlank={subject === null || subject.id === actor?.id}>
        {subject?.id !== actor?.id && <UserLink user={subject} none="" />}
      </Cell>
      <Cell of="From" isBlank={ipAddress === null} isTight={(ipAddress?.length ?? 0) <= ipv4}>
        {ipAddress !== null && <Name text={ipAddress} />}
      </Cell>
      <Cell of="Session" isBlank={sessionId === null} isTight={true}>
        {sessionId !== null &&
          (sessionId === own ? (
            <span class="faint">This one</span>
          ) : (
            <SessionLink id={sessionId} />
          ))}
      </Cell>
      <Cell of="More" isBlank={isBlank(detail)}>
        <div class="more">
          <More detail={detail} />
        </div>
      </Cell>
    </tr>
  )
}

/** What only a visitor who is not signed in can bring about. */
const ofGuests: ReadonlySet<string> = new Set([
  'LOGIN_FAILED',
  'LOGIN_THROTTLED',
  'LOGOUT',
  'REGISTERED',
])

/** Who did it, where that is no user, or a user whose account is gone. */
function strangerOf({ type }: AuditedEvent, { shell, isHost }: Detail): string {
  if (shell !== null) return `${shell} at the shell`
  if (isHost) return 'The application'
  return ofGuests.has(type) ? 'A guest' : 'Not known any more'
}

function isBlank({ backend, failure, filter, count, sessions }: Detail): boolean {
  return (
    backend === null &&
    failure === null &&
    filter === null &&
    count === null &&
    sessions.length === 0
  )
}

function More({
  detail: { backend, failure, filter, count, sessions },
}: {
  detail: Detail
}): VNode {
  return (
    <>
      {backend !== null && `by ${backend}`}
      {failure !== null && failureWords[failure]}
      {filter !== null && (
        <>
          <FilterWords filter={filter} />
          {count !== null && ': '}
        </>
      )}
      {count !== null && sessions.length === 0 && `${count === 0 ? 'none' : figure(count)} ended`}
      {sessions.length > 0 && (
        <details>
          <summary>{counted(sessions.length, 'session')}</summary>
          <ul>
            {sessions.map((id) => (
              <li key={id}>
                <SessionLink id={id} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
