import type { ComponentChildren, VNode } from 'preact'
import { linkTo } from './links.ts'
import type { LinkParameters, PageName } from './links.ts'

/** What a list is searched by. */
export interface FilterFormOptions {
  /** The page of the list. */
  readonly page: PageName
  /** What the filter says. */
  readonly query: LinkParameters
  /** What it says where the address of the page says nothing of it. */
  readonly usual: LinkParameters
  /** Its fields. */
  readonly children: ComponentChildren
}

/**
 * The form of a filter. On a phone it is folded up until it is asked for, or asks for something: so the list begins on the
 * first screen. The styles hide what follows a `details` that is closed, and a wide window has no `details`, so no script
 * has to know how wide it is.
 */
export function FilterForm({ page, query, usual, children }: FilterFormOptions): VNode {
  const isSet = linkTo(page, query) !== linkTo(page, usual)
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
