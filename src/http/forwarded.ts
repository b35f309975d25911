/** One proxy's part of a Forwarded header: the address and scheme of its client; null where it does not say. */
export interface ForwardedElement {
  readonly for: string | null
  readonly proto: string | null
}

const token = "[\\w!#$%&'*+.^`|~-]+"
const quoted = '"(?:[^"\\\\]|\\\\.)*"'
const pair = new RegExp(`[ \\t]*(?:(${token})=(${quoted}|[^\\s",;]+))?[ \\t]*(;|,|$)`, 'y')

/**
 * The elements of a Forwarded header (RFC 7239, section 4), the nearest proxy last; null where it is malformed anywhere.
 * It reads strictly: a visitor who could leave a quote open would hide what our proxy has added.
 */
export function parseForwarded(header: string): ForwardedElement[] | null {
  const elements: ForwardedElement[] = []
  let element: Record<string, string> = {}
  pair.lastIndex = 0
  for (;;) {
    const found = pair.exec(header)
    if (found === null) return null
    const [, name, value = '', end] = found
    if (name !== undefined) element[name.toLowerCase()] = unquote(value)
    if (end === ';') continue
    elements.push({ for: element['for'] ?? null, proto: element['proto']?.toLowerCase() ?? null })
    element = {}
    if (end === '') return elements
  }
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}
