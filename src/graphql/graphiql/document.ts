import { createHash } from 'node:crypto'
import { send } from '../../http/answer.ts'
import { setHeader } from '../../http/exchange.ts'
import type { Exchange } from '../../http/exchange.ts'
import { icon } from '../../http/icon.ts'
import { isolate } from '../../http/trustworthy.ts'

/** A page of GraphiQL. Nothing in it was written by a caller. */
export interface GraphiqlDocument {
  readonly title: string
  /** What the page may load, beside nothing at all: directives of its Content-Security-Policy. */
  readonly policy: readonly string[]
  /** What stands in its head behind the title and the icon. */
  readonly head: string
  /** Its body, with the tags of it. */
  readonly body: string
}

/** Sends a page. It stands in no frame, and has no form that a browser would send by itself: a script sends what is typed. */
export function sendDocument(exchange: Exchange, document: GraphiqlDocument): void {
  const { title, policy, head, body } = document
  const directives = [
    "default-src 'none'",
    ...policy,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  setHeader(exchange, 'Content-Security-Policy', directives.join('; '))
  isolate(exchange)
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title}</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}" />
    ${head}
  </head>
  ${body}
</html>
`
  send(exchange, 200, 'text/html; charset=utf-8', html)
}

/** What a policy names an inline script or style by. */
export function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
