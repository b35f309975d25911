import type { VNode } from 'preact'
import { Field } from './parts.tsx'
import { instantOf } from './time-span.tsx'
import type { SpanQuery } from './time-span.tsx'
import { Zone } from './times.tsx'

/**
 * The two fields of a span of time in a filter. They are in UTC, as in the address, and say so: a server does not know the zone
 * of the viewer. The script of the pages shows them in that zone, and sends them in UTC. `began`: the word before their names.
 * `wrong`: the field that nothing can match.
 */
export function SpanFields({
  query,
  wrong,
  began = '',
}: {
  query: SpanQuery
  wrong: string | null
  began?: string
}): VNode {
  const labelOf = (name: string) => (began === '' ? upper(name) : `${began}${name}`)
  return (
    <>
      {(['from', 'until'] as const).map((name) => (
        <Field
          key={name}
          name={name}
          label={
            <>
              {labelOf(name)} (<Zone />)
            </>
          }
          isTime={true}
          value={isTime(query[name]) ? query[name] : ''}
          saidBy={wrong === name ? 'why-none' : undefined}
          isWrong={wrong === name}
        />
      ))}
    </>
  )
}

/** Browsers show no other text in such a field, and warn of it on the console. */
function isTime(text: string): boolean {
  return !Number.isNaN(instantOf(text)?.getTime())
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
