import type { ServerResponse } from 'node:http'

/** A header's name and its value, or its values. */
export type Header = readonly [name: string, value: string | number | readonly string[]]

/** The headers that `writeHead` was given, in any form in which it takes them: an object, names and values by turns, pairs. */
export function headersOf(given: unknown): Header[] {
  if (given == null) return []
  if (!Array.isArray(given)) return Object.entries(given) as Header[]
  if (Array.isArray(given[0])) return given as Header[]
  const pairs: Header[] = []
  for (let at = 0; at < given.length; at += 2) pairs.push([given[at], given[at + 1]] as Header)
  return pairs
}

/** Puts headers in the place of those that have their names, as `writeHead` does. A name may come more than once. */
export function putHeaders(response: ServerResponse, headers: readonly Header[]): void {
  const isPut = new Set<string>()
  for (const [name, value] of headers) {
    const known = String(name).toLowerCase()
    if (isPut.has(known)) response.appendHeader(name, value as string)
    else response.setHeader(name, value)
    isPut.add(known)
  }
}

/**
 * Adds headers of ours, a name and its value by turns, beside those that the host has set. A cookie of a session makes the
 * answer one that nothing may keep, whatever the host has said of it.
 */
export function addHeaders(response: ServerResponse, headers: readonly string[]): void {
  for (const [name, value] of headersOf(headers) as [string, string][]) {
    const values = [response.getHeader(name) ?? []].flat().map(String)
    if (isListed(values, value)) continue
    response.setHeader(name, values.length === 0 ? value : [...values, value])
    if (name.toLowerCase() === 'set-cookie') response.setHeader('Cache-Control', 'no-store')
  }
}

/** Is it one of the names that a header lists, `Vary` as a rule? */
export function isListed(values: readonly string[], name: string): boolean {
  const names = values.flatMap((value) => value.split(',')).map((one) => one.trim().toLowerCase())
  return names.includes(name.toLowerCase())
}

/** The head of an answer as it is now, so that it can be put back. */
export function snapshotOf(response: ServerResponse): { restore(): void } {
  const { statusCode } = response
  const headers = { ...response.getHeaders() }
  return {
    restore() {
      if (response.headersSent) return
      response.statusCode = statusCode
      if (!('stream' in response)) response.statusMessage = '' // HTTP/2 has none, and warns
      for (const name of response.getHeaderNames())
        if (headers[name] === undefined) response.removeHeader(name)
      for (const [name, value] of Object.entries(headers))
        if (value !== undefined && response.getHeader(name) !== value)
          response.setHeader(name, value)
    },
  }
}
