import type { User } from '../auth/users/user.ts'
import type { Client } from '../http/client.ts'
import type { InvalidField } from '../refusals.ts'
import type { Session } from '../session/session.ts'
import type { AdminContent } from './element.ts'
import { pageNames } from './links.ts'
import type { LinkParameters } from './links.ts'

/**
 * Pages of a host's own in `/admin`, below a link in its navigation. Staff alone see them; strangers are asked to sign in,
 * and come back. Forms are taken from the pages themselves, and refused from any other origin.
 */
export interface AdminSection {
  /** Its name in addresses: `orders` is at `/admin?page=orders`. Lower-case letters, digits and dashes. */
  readonly name: string
  /** Its heading, and its link in the navigation. */
  readonly title: string
  /** What it shows. A `Refusal` that it throws is a page that says so; another error is logged, and a page without its text. */
  show(visit: AdminVisit): AdminView | Promise<AdminView>
  /**
   * What its forms do, by the value of the button named `do` that was pressed. One that throws `InvalidInput` has changed
   * nothing: the page is shown again, with what is wrong in `visit.faults`.
   */
  readonly acts?: Readonly<Record<string, AdminAct>>
  /** The sentences by which a page says what was done: see `AdminGoTo`. */
  readonly notices?: Readonly<Record<string, string>>
}

/** What a form does. */
export type AdminAct = (
  visit: AdminVisit,
  form: URLSearchParams,
) => AdminView | AdminGoTo | Promise<AdminView | AdminGoTo>

/** A request for a section by a member of staff. */
export interface AdminVisit {
  /** Who looks. Name them as `actor` in what you call on their behalf, and the audit has it. */
  readonly staff: User
  /** Their session. */
  readonly session: Session
  /** Where they are. */
  readonly client: Client
  /** What the address says. */
  readonly params: URLSearchParams
  /** What the form said that broke a rule; null where none was posted. */
  readonly form: URLSearchParams | null
  /** The rules that it broke. */
  readonly faults: readonly InvalidField[]
  /** The application's clock, in milliseconds since 1970. */
  now(): number
  /** A link to this section. It holds wherever the pages are mounted. Throws for a parameter named `page`: that is the section. */
  link(parameters?: LinkParameters): string
}

/** A page of a section. */
export interface AdminView {
  /** Its heading. Left out: the title of the section. */
  readonly title?: string
  readonly content: AdminContent
  /** 200 by default. */
  readonly status?: number
}

/** Where a form leads to once it is done, so that a reload does not do it again. */
export interface AdminGoTo {
  /** What the address of the section shall say. */
  readonly goTo: LinkParameters
  /** The name of a sentence in `notices`, to show there. */
  readonly notice?: string
}

/** A sentence for each thing that is wrong with the sections of an application. */
export function sectionFaults(sections: readonly unknown[]): string[] {
  const taken = new Set<string>(pageNames)
  return sections.flatMap((section, at) => {
    const { name, title, show, acts } = Object(section) as Partial<
      Record<keyof AdminSection, unknown>
    >
    const which = `adminSections[${at}]`
    if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,30}$/.test(name))
      return [`${which}: name must be of lower-case letters, digits and dashes, such as orders.`]
    if (taken.has(name)) return [`${which}: the name ${name} is taken.`]
    taken.add(name)
    if (typeof title !== 'string' || title.trim() === '') return [`${which}: title must be a text.`]
    if (typeof show !== 'function') return [`${which}: show must be a function.`]
    const isFit = acts === undefined || Object.values(Object(acts)).every(isFunction)
    return isFit ? [] : [`${which}: acts must be an object of functions.`]
  })
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
