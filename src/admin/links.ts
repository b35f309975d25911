/** Every page, by its name in the query. */
export const pageNames = [
  'home',
  'sessions',
  'session',
  'end-session',
  'end-sessions',
  'users',
  'user',
  'change-user',
  'new-user',
  'audit',
  'sign-in',
] as const

/** The name of a page. */
export type PageName = (typeof pageNames)[number]

/** What a link says beside the name of its page. What is left out, null or empty is not said. */
export type LinkParameters = Readonly<Record<string, string | number | null | undefined>>

/**
 * A link to a page: a query alone, so that it holds under whatever path the pages are mounted. It can lead to no other
 * path, and to no other host.
 */
export function linkTo(page: PageName | (string & {}), parameters: LinkParameters = {}): string {
  const query = new URLSearchParams({ page })
  for (const [name, value] of Object.entries(parameters))
    if (value != null && value !== '') query.set(name, String(value))
  return `?${query.toString()}`
}

/** The page that a query names: `home` where it names none; null for a name that no page has. */
export function pageNamedIn(params: URLSearchParams): PageName | null {
  const name = params.get('page') ?? 'home'
  return pageNames.find((known) => known === name) ?? null
}

/** What an address says under `name`, without the spaces around it; empty where it says nothing. */
export function textIn(params: URLSearchParams, name: string): string {
  return (params.get(name) ?? '').trim()
}

/**
 * The query that a visitor wanted before they were asked to sign in, as a link; the front page where it names no page.
 * `sections` are the names of a host's own.
 */
export function linkBack(wanted: string | null, sections: readonly string[]): string {
  const params = new URLSearchParams((wanted ?? '').slice(0, longestQuery))
  const page = sections.find((name) => name === params.get('page')) ?? pageNamedIn(params)
  if (page === null || page === 'sign-in' || !params.has('page')) return linkTo('home')
  const { page: _page, done: _done, ...rest } = Object.fromEntries(params)
  return linkTo(page, rest)
}

/** A link to a form with what was typed in it, to be typed no second time. Never a secret: addresses are logged. */
export function linkToTyped(page: PageName, typed: Readonly<Record<string, string>>): string {
  return linkTo(page, { 'as-typed': new URLSearchParams(typed).toString() })
}

/** What an address says was typed. */
export function typedIn(params: URLSearchParams): URLSearchParams {
  return new URLSearchParams(params.get('as-typed') ?? '')
}

/** Takes out the parameters that only our own pages put into an address: a link of another site must not say what was done. */
export function forgetOurs(params: URLSearchParams): void {
  for (const word of ['done', 'signed-in', 'as-typed']) params.delete(word)
}

/** The query that a stranger wants, for the sign-in to lead back to; null for one that is longer than any of ours. */
export function keptQuery(params: URLSearchParams): string | null {
  const query = params.toString()
  return query.length <= longestQuery ? query : null
}

/** In characters. No page of ours has a longer one. Escaped in a header, it would be longer than clients read. */
const longestQuery = 2000
