import type { ComponentChildren, VNode } from 'preact'
import { ages, idles } from './session-query.ts'
import type { SessionQuery } from './session-query.ts'
import { instantOf } from './time-span.tsx'
import { Time } from './times.tsx'

/**
 * The filter in words, for a page that asks whether it is meant; null where it says nothing. A link may have brought it:
 * what its texts do to the direction of the letters stays in them.
 */
export function queryInWords({
  user,
  address,
  browser,
  kind,
  age,
  idle,
  from,
  until,
}: SessionQuery): VNode | null {
  const [first, end] = [instantOf(from), instantOf(until)]
  const words: ComponentChildren[] = [
    user !== '' && (
      <>
        of the user <bdi>{user}</bdi>
      </>
    ),
    address !== '' && (
      <>
        from the address <bdi>{address}</bdi>
      </>
    ),
    browser !== '' && (
      <>
        in a browser that has “<bdi>{browser}</bdi>” in its name
      </>
    ),
    kind !== '' && (kind === 'guests' ? 'of guests' : 'of users who are signed in'),
    isChoice(ages, age) && `that began ${lower(ages[age])}`,
    first !== null && (
      <>
        that began at <Time at={first} /> or later
      </>
    ),
    end !== null && (
      <>
        that began before <Time at={end} />
      </>
    ),
    isChoice(idles, idle) && `last seen ${lower(idles[idle])}`,
  ].filter((word) => word !== false)
  if (words.length === 0) return null
  return (
    <>
      {words.map((word, at) => (
        <span key={at}>
          {at > 0 && ', '}
          {word}
        </span>
      ))}
    </>
  )
}

function isChoice<Name extends string>(
  choices: Readonly<Record<Name, string>>,
  text: string,
): text is Name {
  return text !== '' && Object.hasOwn(choices, text)
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
