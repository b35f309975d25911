import type { ComponentChildren, VNode } from 'preact'
import { ages, idles } from './session-query.ts'
import type { SessionQuery } from './session-query.ts'

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
}: SessionQuery): VNode | null {
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
