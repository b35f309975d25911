import type { VNode } from 'preact'
import { Time } from './times.tsx'

/** What a filter of sessions says, in words, as the audit keeps it: JSON of what a page, the API or the shell asked for. */
export function FilterWords({ filter }: { filter: Readonly<Record<string, unknown>> }): VNode {
  const said = Object.entries(filter)
    .filter(([, value]) => value !== null && value !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b))
  if (said.length === 0) return <>all sessions</>
  return (
    <>
      {'sessions '}
      {said.map(([name, value], at) => (
        <span key={name}>
          {at > 0 && ', '}
          <Part name={name} value={value} />
        </span>
      ))}
    </>
  )
}

const known = new Set([
  'status',
  'username',
  'userId',
  'authenticated',
  'ipAddress',
  'userAgentContains',
])

/** Instants come last, and what is not known after them. */
function rank(name: string): number {
  if (/^(created|lastSeen)/.test(name)) return 1
  return known.has(name) ? 0 : 2
}

const statuses: Readonly<Record<string, string>> = {
  ACTIVE: 'that were alive',
  ENDED: 'that had ended',
  EXPIRED: 'that had expired',
  ANY: 'of any status',
}

/** A part of the filter, in words. What no release has written is shown as it is. */
function Part({ name, value }: { name: string; value: unknown }): VNode {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const at = typeof value === 'string' ? new Date(value) : null
  const instant = at !== null && !Number.isNaN(at.getTime()) ? <Time at={at} /> : null
  if (name === 'status' && Object.hasOwn(statuses, text)) return <>{statuses[text]}</>
  if (name === 'username') return <Quoted before="of the user " text={text} />
  if (name === 'userId') return <Quoted before="of the user with the id " text={text} />
  if (name === 'authenticated' && typeof value === 'boolean')
    return <>{value ? 'of users who were signed in' : 'of guests'}</>
  if (name === 'ipAddress') return <Quoted before="from the address " text={text} />
  if (name === 'userAgentContains')
    return <Quoted before="in a browser that has “" text={text} after="” in its name" />
  if (name === 'createdBefore' && instant) return <>that began before {instant}</>
  if (name === 'createdAfter' && at !== null && instant)
    return at.getUTCMilliseconds() === 999 ? (
      <>
        that began at <Time at={new Date(at.getTime() + 1)} /> or later
      </>
    ) : (
      <>that began after {instant}</>
    )
  if (name === 'lastSeenBefore' && instant) return <>last seen before {instant}</>
  return <Quoted before={`${name}: `} text={text} />
}

/** A visitor may have chosen the text: what it does to the direction of the letters stays in it. */
function Quoted({ before, text, after = '' }: { before: string; text: string; after?: string }) {
  return (
    <>
      {before}
      <bdi>{text}</bdi>
      {after}
    </>
  )
}
