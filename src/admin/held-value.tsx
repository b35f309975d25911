import { Fragment } from 'preact'
import type { VNode } from 'preact'
import { Time } from './times.tsx'

/** A value of a session as JSON. Beside a number that is an instant, as far as its size tells, stands its time. */
export function HeldValue({ name, value }: { name: string; value: unknown }): VNode {
  const lines = inLogicalOrder(JSON.stringify(value, null, 2)).split('\n')
  return (
    <pre tabIndex={0} role="region" aria-label={`The value of ${name}`}>
      {lines.map((line, at) => {
        const instant = instantIn(line)
        return (
          <Fragment key={at}>
            {at > 0 && '\n'}
            {line}
            {instant !== null && (
              <span class="beside">
                {' '}
                <Time at={instant} />
              </span>
            )}
          </Fragment>
        )
      })}
    </pre>
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

/** A line whose value is a number of milliseconds since 1970, with or without its name. */
const milliseconds = /^ *(?:"(?:[^"\\]|\\.)*": )?(\d{13}),?$/

/** The years in which a number of that size is taken for an instant: from 2001, when it has 13 digits, to 2100. */
const last = Date.UTC(2100, 0)

function instantIn(line: string): Date | null {
  const found = Number(milliseconds.exec(line)?.[1] ?? Number.NaN)
  return found < last ? new Date(found) : null
}
