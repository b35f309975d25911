import type { VNode } from 'preact'
import { Time } from './times.tsx'

/** The ways on from a page of a list. */
export interface OlderOptions {
  /** A link to what comes next; null at the end. */
  readonly next: string | null
  /** A link to the first page; null on it. */
  readonly first: string | null
  /** Did the search stop before the page was full? */
  readonly isCut?: boolean
  /** As far as it has looked. */
  readonly since?: Date | null
}

/** Links from a page of a list to the others. */
export function Older({ next, first, isCut = false, since = null }: OlderOptions): VNode | null {
  if (next === null && first === null) return null
  return (
    <nav class="below" aria-label="Pages of the list">
      {isCut && since && (
        <p class="faint">
          Searched back to <Time at={since} />.
        </p>
      )}
      {first && <a href={first}>« Newest</a>}
      {next && (
        <a href={next} class="button">
          {isCut ? 'Search further back' : 'Older'} ›
        </a>
      )}
    </nav>
  )
}
