import type { ComponentChildren } from 'preact'
import type { Caller } from '../auth/logins/caller.ts'
import type { User } from '../auth/users/user.ts'
import type { InvalidField } from '../refusals.ts'
import type { PageParts } from './desk-parts.ts'

/** A request for a page by a visitor of whom nothing is known yet. `Needed`: the parts of the desk that the page names. */
export interface PageRequest<Needed extends keyof PageParts = never> {
  readonly desk: Pick<PageParts, Needed>
  readonly caller: Caller
  /** The query of the URL: which page, and of what. */
  readonly params: URLSearchParams
  /** The fields of the form that was posted; null where none was. */
  readonly form: URLSearchParams | null
  /** The rules that the form breaks. */
  readonly faults: readonly InvalidField[]
  /** Does the browser keep no session cookie, as far as the server can tell: a Secure one, over plain HTTP? */
  readonly losesCookie: boolean
}

/** A request for a page by a member of staff. */
export interface Visit<Needed extends keyof PageParts = never> extends PageRequest<Needed> {
  readonly staff: User
}

/** A page to show. */
export interface View {
  /** Its heading, and the name of the browser's tab. */
  readonly title: string
  readonly body: ComponentChildren
  /** 200 by default. */
  readonly status?: number
  /** Does it say that what was sent was refused, or that nothing was done? Then its title begins with Error, for screen readers. */
  readonly isRefused?: boolean
  /** The code of what was refused, for the line of the request in the log. */
  readonly code?: string
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Another page to go to: where what a form asked for is done, so that a reload does not do it again. */
export interface GoTo {
  /** A query. The path stays, whatever it is. */
  readonly to: string
}

/** A visit to whichever page: it has the whole desk, and each page takes the parts that it names. */
export type AnyVisit = Visit<keyof PageParts>

/** A page: what it shows, and what its forms do by the name that their button has. */
export interface Page {
  show(visit: AnyVisit): Promise<View>
  /**
   * Where staff come back to whose session was over when they sent a form: a page that shows what they had typed or picked,
   * without secrets, and that does nothing by itself. Null, or left out: the address of the form.
   */
  readonly again?: (params: URLSearchParams, form: URLSearchParams) => string | null
  readonly acts?: Readonly<
    Record<string, (visit: AnyVisit, form: URLSearchParams) => Promise<View | GoTo>>
  >
}
