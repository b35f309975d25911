import type { ComponentChildren, VNode } from 'preact'
import type { HeldRecord, InspectedSession } from '../auth/sessions/session-inspection.ts'
import { isAlive } from '../auth/roster/why-ended.ts'
import { HeldValue } from './held-value.tsx'
import { counted } from '../numbers.ts'
import { Fact, Facts } from './parts.tsx'
import { Time } from './times.tsx'

/** The decoded data of a session, name by name, with what each takes. */
export function Held({
  session,
  keepsRecords,
  now,
}: {
  session: InspectedSession
  keepsRecords: boolean
  now: number
}): VNode {
  const { record } = session
  if (record === null) return <p class="faint">{whyNothing(session, keepsRecords, now)}</p>
  const entries = Object.entries(record.data)
  return (
    <>
      <Facts>
        <Fact name="Size">{counted(record.bytes, 'byte')}</Fact>
        <Fact name="Signed in by">{record.backend ?? 'Not signed in'}</Fact>
        <Fact name="Age without activity">{expiryIn(record)}</Fact>
      </Facts>
      {entries.length === 0 && <p class="faint">Nothing is kept in it yet.</p>}
      {entries.map(([name, value]) => (
        <div key={name}>
          <h3>
            <bdi>{name}</bdi>{' '}
            <span class="faint">{counted(Buffer.byteLength(JSON.stringify(value)), 'byte')}</span>
          </h3>
          <HeldValue name={name} value={value} />
        </div>
      ))}
    </>
  )
}

function whyNothing(session: InspectedSession, keepsRecords: boolean, now: number): string {
  if (!isAlive(session, now)) return 'Nothing any more: the session is over.'
  return keepsRecords
    ? 'The store has no record of this session.'
    : 'That is in the visitor’s cookie alone, where these pages cannot look.'
}

function expiryIn({ expiry }: HeldRecord): ComponentChildren {
  if (expiry === null) return 'As the server’s settings say'
  if (expiry === 'browser') return 'Until the browser closes'
  if (typeof expiry === 'number') return counted(expiry, 'second')
  return <Time at={new Date(expiry.at)} />
}
