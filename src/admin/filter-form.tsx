import type { ComponentChildren, VNode } from 'preact'
import { linkTo } from './links.ts'
import type { PageName } from './links.ts'

/** What a list is searched by. */
export interface FilterFormOptions {
  /** The page of the list. */
  readonly page: PageName
  /** Does the filter ask for anything? */
  readonly isSet: boolean
  /** Its fields. */
  readonly children: ComponentChildren
}

/**
 * The form of a filter. On a phone it is folded up until it is asked for, or asks for something: the list begins on the
 * first screen. The styles hide what follows a `details` that is closed, and a wide window has no `details`, so no script
 * has to know how wide it is.
 */
export function FilterForm({ page, isSet, children }: FilterFormOptions): VNode {
  return (
    <>
      <details class="fold" open={isSet}>
        <summary>Filter</summary>
      </details>
      <form method="get" action={linkTo(page)} class="panel filter" role="search">
        <input type="hidden" name="page" value={page} />
        {children}
        <p class="actions">
          <button class="main">Search</button>
          <a href={linkTo(page)}>Clear</a>
        </p>
      </form>
    </>
  )
}
