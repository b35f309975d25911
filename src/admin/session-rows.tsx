import type { ComponentChildren, VNode } from 'preact'
import { deviceOf } from '../http/device.ts'
import type { ListedSession } from '../auth/sessions/session-list.ts'
import { isAlive, reasonOf } from '../auth/roster/why-ended.ts'
import type { SessionEndReason } from '../auth/roster/why-ended.ts'
import { Cell } from './cell.tsx'
import { ipv4 } from './event-rows.tsx'
import { Name, SessionLink, UserLink } from './parts.tsx'
import { Ago } from './times.tsx'

/** How a list of sessions is shown. */
export interface SessionRowsOptions {
  readonly rows: readonly ListedSession[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** The id of the session that looks. */
  readonly own: string | null
  /** Are they all of the user whose page it is? Then no column names the user. */
  readonly isOfOne?: boolean
  /** Has each session that is alive a box, by which it can be picked? */
  readonly canPick?: boolean
  /** What the table is, for screen readers. */
  readonly caption: ComponentChildren
}

/** A table of sessions. */
export function SessionRows({
  rows,
  now,
  own,
  isOfOne = false,
  canPick = false,
  caption,
}: SessionRowsOptions): VNode {
  return (
    <table>
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {canPick && (
            <th scope="col" class="pick">
              <span class="visually-hidden">Pick</span>
            </th>
          )}
          <th scope="col">Session</th>
          {!isOfOne && <th scope="col">User</th>}
          <th scope="col">Device</th>
          <th scope="col">Address</th>
          <th scope="col">Last seen</th>
          <th scope="col">Began</th>
          <th scope="col">Status</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            {canPick && (
              <td class="pick">
                {isAlive(row, now) && (
                  <input
                    type="checkbox"
                    name="id"
                    value={row.id}
                    aria-label={`Pick session ${row.id.slice(0, 12)} of ${row.user?.username ?? 'a guest'}`}
                  />
                )}
              </td>
            )}
            <th scope="row">
              <SessionLink id={row.id} /> {row.id === own && <span class="badge warn">Yours</span>}
            </th>
            {!isOfOne && (
              <Cell of="User">
                <UserLink user={row.user} none="Guest" />
              </Cell>
            )}
            <Cell of="Device" isTight={deviceOf(row.userAgent) !== null}>
              <Device userAgent={row.userAgent} />
            </Cell>
            <Cell of="Address" isTight={row.ipAddress === null || row.ipAddress.length <= ipv4}>
              {row.ipAddress === null ? (
                <span class="faint">Unknown</span>
              ) : (
                <Name text={row.ipAddress} />
              )}
            </Cell>
            <Cell of="Last seen" isTight={true}>
              <Ago at={row.lastSeenAt} now={now} />
            </Cell>
            <Cell of="Began" isTight={true}>
              <Ago at={row.createdAt} now={now} />
            </Cell>
            <Cell of="Status">
              <Status row={row} now={now} />
            </Cell>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The device for people, and the user agent for an agent that is no browser. */
export function Device({ userAgent }: { userAgent: string | null }): VNode {
  const text = deviceOf(userAgent) ?? userAgent?.slice(0, 60)
  return text ? <bdi>{text}</bdi> : <span class="faint">Unknown</span>
}

/** Why a session is over, in words that follow "Ended". An expiry says all by itself. */
const reasons: Readonly<Record<Exclude<SessionEndReason, 'EXPIRED'>, string>> = {
  LOGOUT: 'the visitor signed out',
  REPLACED: 'a sign-in took its place',
  REVOKED: 'by staff, or from another device',
  PASSWORD_CHANGED: 'the password was changed',
  USER_DEACTIVATED: 'the user was deactivated',
}

type Lifetime = Pick<ListedSession, 'endedAt' | 'endReason' | 'expiresAt'>

/** Whether a session is alive, and otherwise why not. */
export function Status({ row, now }: { row: Lifetime; now: number }): VNode {
  if (isAlive(row, now)) return <span class="badge good">Active</span>
  const reason = reasonOf(row, now)
  if (reason === 'EXPIRED') return <span class="badge">Expired</span>
  const words = reason === null ? null : (reasons[reason] ?? reason)
  return (
    <>
      <span class={reason === 'REVOKED' ? 'badge bad' : 'badge'}>Ended</span>{' '}
      {words !== null && <span class="why">{words}</span>}
    </>
  )
}
