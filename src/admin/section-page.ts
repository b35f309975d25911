import { h as createNode } from 'preact'
import type { ComponentChildren } from 'preact'
import { isElement } from './element.ts'
import type { AdminContent, AdminElement } from './element.ts'
import { linkTo } from './links.ts'
import type { LinkParameters } from './links.ts'
import type { AdminGoTo, AdminSection, AdminView, AdminVisit } from './section.ts'
import type { GoTo, Page, View, Visit } from './visit.ts'

/** A section of a host as one of the pages. */
export function pageOfSection(section: AdminSection): Page {
  const { acts = {} } = section
  const ours = Object.entries(acts).map(
    ([name, act]) =>
      [
        name,
        async (visit: Visit<'now'>, form: URLSearchParams) =>
          outcomeOf(section, visit, await act(visitOf(section, visit), form)),
      ] as const,
  )
  return {
    show: async (visit) => viewOf(section, visit, await section.show(visitOf(section, visit))),
    acts: Object.fromEntries(ours),
  }
}

function visitOf(
  { name }: AdminSection,
  { staff, caller, params, form, faults, desk }: Visit<'now'>,
): AdminVisit {
  return {
    staff,
    session: caller.session,
    client: caller.client,
    params,
    form,
    faults,
    now: desk.now,
    link: (parameters = {}) => linkIn(name, parameters),
  }
}

function outcomeOf(
  section: AdminSection,
  visit: Visit,
  outcome: AdminView | AdminGoTo,
): View | GoTo {
  if (!('goTo' in outcome)) return viewOf(section, visit, outcome)
  return { to: linkIn(section.name, { ...outcome.goTo, done: outcome.notice }) }
}

function viewOf(section: AdminSection, visit: Visit, { title, content, status }: AdminView): View {
  const body = nodeOf(content, { section, params: visit.params })
  return { title: title ?? section.title, body, ...(status !== undefined && { status }) }
}

/** A link to the section. Its name stands under `page`: a parameter of that name would lead to another page, or to none. */
function linkIn(section: string, parameters: LinkParameters): string {
  if ('page' in parameters)
    throw new TypeError('page names the section in an address: call the parameter otherwise.')
  return linkTo(section, parameters)
}

/** What the forms of a section need to know. */
interface Place {
  readonly section: AdminSection
  readonly params: URLSearchParams
}

/** The content for the renderer, which escapes it. Throws a `TypeError` for what is none. */
function nodeOf(content: AdminContent, place: Place): ComponentChildren {
  if (isElement(content)) return elementOf(content, place)
  if (Array.isArray(content)) return content.map((one: AdminContent) => nodeOf(one, place))
  if (typeof content === 'object' && content !== null)
    throw new TypeError('An object is no content of a page: write a text, or an element of h().')
  return content as string | number | boolean | null | undefined
}

function elementOf({ tag, attributes, children }: AdminElement, place: Place): ComponentChildren {
  const inside = children.map((child) => nodeOf(child, place))
  if (tag !== 'form') return createNode(tag, { ...attributes }, ...inside)
  const { section, params } = place
  const isPost = String(attributes['method']).toLowerCase() === 'post'
  const { page: _page, done: _done, ...said } = Object.fromEntries(params)
  const given = { ...attributes, action: linkTo(section.name, isPost ? said : {}) }
  // A form that asks writes its own query over that of the address.
  const page = createNode('input', { type: 'hidden', name: 'page', value: section.name })
  return createNode(tag, given, ...(isPost ? inside : [page, ...inside]))
}
