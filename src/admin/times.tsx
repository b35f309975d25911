import type { VNode } from 'preact'

/** An instant in UTC, which the script of the pages writes anew in the zone of the viewer. */
export function Time({ at }: { at: Date }): VNode {
  return <time datetime={at.toISOString()}>{inUtc(at)}</time>
}

/** An instant, with how far off it is below it. */
export function TimeAndAgo({ at, now }: { at: Date; now: number }): VNode {
  return (
    <>
      <Time at={at} />
      <br />
      <Ago at={at} now={now} />
    </>
  )
}

/** How long ago an instant was, or how far off it is; the same wherever the viewer is. */
export function Ago({ at, now }: { at: Date; now: number }): VNode {
  return (
    <time datetime={at.toISOString()} title={inUtc(at)} class="ago">
      {distance(at.getTime() - now)}
    </time>
  )
}

/** The zone of the fields of times: UTC, or "your time" where the script has put them into the zone of the viewer. */
export function Zone(): VNode {
  return <span data-yours>UTC</span>
}

const format = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
})

function inUtc(at: Date): string {
  return `${format.format(at)} UTC`
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' })

/**
 * When a step of a chart begins: an hour, which the script writes in the zone of the viewer, or a day of UTC, which it writes
 * as the viewer writes days.
 */
export function StepTime({ at, unit }: { at: Date; unit: 'hour' | 'day' }): VNode {
  return (
    <time class={unit} datetime={at.toISOString()}>
      {stepName(at, unit)}
    </time>
  )
}

/** The same as text, in UTC. */
export function stepName(at: Date, unit: 'hour' | 'day'): string {
  return `${steps[unit].format(at)} UTC`
}

const steps = {
  hour: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' }),
  day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }),
}

/** In the largest unit of which there are two; moments are 'just now'. */
function distance(milliseconds: number): string {
  for (const [unit, length] of units) {
    const count = Math.trunc(milliseconds / length)
    if (Math.abs(count) >= (unit === 'minute' ? 1 : 2)) return relative.format(count, unit)
  }
  return milliseconds > 0 ? 'in a moment' : 'just now'
}
