/** What an attribute says. false, null and undefined leave it out; true writes it without a value. */
export type AdminAttributes = Readonly<Record<string, string | number | boolean | null | undefined>>

/** What stands in a page: texts and numbers, which are escaped, elements that `h` has made, and lists of all these. */
export type AdminContent =
  string | number | boolean | null | undefined | AdminElement | readonly AdminContent[]

/** An element of a page. Only `h` makes one. */
export interface AdminElement {
  readonly tag: AdminTag
  readonly attributes: AdminAttributes
  readonly children: readonly AdminContent[]
}

// prettier-ignore
const tags = [
  'a', 'abbr', 'b', 'bdi', 'blockquote', 'br', 'button', 'caption', 'code', 'dd', 'details', 'div', 'dl', 'dt', 'em',
  'fieldset', 'form', 'h2', 'h3', 'h4', 'hr', 'i', 'input', 'label', 'legend', 'li', 'mark', 'meter', 'ol', 'optgroup',
  'option', 'p', 'pre', 'progress', 'q', 's', 'section', 'select', 'small', 'span', 'strong', 'sub', 'summary', 'sup',
  'table', 'tbody', 'td', 'textarea', 'tfoot', 'th', 'thead', 'time', 'tr', 'u', 'ul',
] as const

/** The elements that a section may show: none that runs, loads or frames anything. */
export type AdminTag = (typeof tags)[number]

const known: ReadonlySet<string> = new Set(tags)

/** None that runs anything, and none that sends a form elsewhere. */
// prettier-ignore
const attributes = new Set([
  'autocomplete', 'checked', 'class', 'cols', 'colspan', 'datetime', 'dir', 'disabled', 'for', 'high', 'href', 'id',
  'inputmode', 'label', 'lang', 'low', 'max', 'maxlength', 'method', 'min', 'minlength', 'multiple', 'name', 'open',
  'optimum', 'pattern', 'placeholder', 'readonly', 'required', 'role', 'rows', 'rowspan', 'scope', 'selected', 'size',
  'start', 'step', 'tabindex', 'title', 'type', 'value',
])

/** To the pages, to a path of the same host, or plainly elsewhere: a script is none of these. */
const link = /^([?#]|\/(?![/\\])|https?:\/\/|mailto:|tel:)/i

/** No JSON has a symbol: what a visitor has written is never taken for an element. */
const mark = Symbol.for('coatcheck.admin.element')

/**
 * Makes an element of a page. What it contains is text, whatever is in it, and so is the value of an attribute: there is no
 * way past the escaping. Throws a `TypeError` for an element or attribute that pages do not have, such as `script`, `style`
 * or `onclick`, and for a link that is none.
 */
export function h(
  tag: AdminTag,
  given: AdminAttributes | null = null,
  ...children: readonly AdminContent[]
): AdminElement {
  if (!known.has(tag)) throw new TypeError(`There is no <${tag}> in a section of /admin.`)
  const kept = { ...given }
  for (const [name, value] of Object.entries(kept)) {
    if (!attributes.has(name) && !/^(aria|data)-[a-z-]+$/.test(name))
      throw new TypeError(`<${tag}> has no ${name} in a section of /admin.`)
    if (typeof value === 'object' && value !== null)
      throw new TypeError(`${name} of <${tag}> is an object: write a text or a number.`)
    if (name === 'href' && value != null && !link.test(String(value)))
      throw new TypeError(`href of <${tag}> is no link: begin it with ?, #, /, https: or mailto:.`)
  }
  const element = { tag, attributes: kept, children }
  Object.defineProperty(element, mark, { value: true })
  return element
}

/** Has `h` made this? */
export function isElement(content: unknown): content is AdminElement {
  return typeof content === 'object' && content !== null && mark in content
}
