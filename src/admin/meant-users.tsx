import { Fragment } from 'preact'
import type { VNode } from 'preact'
import type { PageParts } from './desk-parts.ts'
import { linkTo } from './links.ts'
import type { LinkParameters, PageName } from './links.ts'
import { Name } from './parts.tsx'

/** How many names are shown at the most. */
const most = 8

/** Who may be meant by a name that no user has: those whose names begin so, by an index, so that none is too far back. */
export function meantBy({ users }: Pick<PageParts, 'users'>, typed: string): Promise<string[]> {
  return users.namesBeginning(typed, most)
}

/** The advice where a filter names no user: the same filter with each name that may be meant, and the search of the users. */
export function MeantUsers({
  names,
  typed,
  page,
  query,
}: {
  readonly names: readonly string[]
  readonly typed: string
  /** The page of the filter, and what else the filter says. */
  readonly page: PageName
  readonly query: LinkParameters
}): VNode {
  const search = <a href={linkTo('users', { search: typed })}>search the users for a part of it</a>
  if (names.length === 0) return <>Write the whole name, or {search}.</>
  return (
    <>
      {'These names begin so: '}
      {names.map((user, at) => (
        <Fragment key={user}>
          {at > 0 && ', '}
          <a href={linkTo(page, { ...query, user })}>
            <Name text={user} />
          </a>
        </Fragment>
      ))}
      . Or {search}.
    </>
  )
}
