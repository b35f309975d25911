import type { ComponentChildren, VNode } from 'preact'
import type { HeldRecord, InspectedSession } from '../auth/sessions/session-inspection.ts'
import { isAlive } from '../auth/roster/why-ended.ts'
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
        <Fact name="Size">{record.bytes} bytes</Fact>
        <Fact name="Signed in by">{record.backend ?? 'Not signed in'}</Fact>
        <Fact name="Age without activity">{expiryIn(record)}</Fact>
      </Facts>
      {entries.length === 0 && <p class="faint">Nothing is kept in it yet.</p>}
      {entries.map(([name, value]) => {
        const text = inLogicalOrder(JSON.stringify(value, null, 2))
        return (
          <div key={name}>
            <h3>
              <bdi>{name}</bdi>{' '}
              <span class="faint">{Buffer.byteLength(JSON.stringify(value))} bytes</span>
            </h3>
            <pre tabIndex={0} role="region" aria-label={`The value of ${name}`}>
              {text}
            </pre>
          </div>
        )
      })}
    </>
  )
}

/** Characters that change the direction of the letters around them. */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * JSON as it is read, character by character: a visitor may have put in what would show its parts in another order. An escape
 * is the same value.
 */
function inLogicalOrder(json: string): string {
  return json.replace(turning, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
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
  if (typeof expiry === 'number') return `${expiry.toLocaleString('en')} seconds`
  return <Time at={new Date(expiry.at)} />
}
