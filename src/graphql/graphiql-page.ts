import { createHash } from 'node:crypto'
import { send } from '../http/answer.ts'
import { setHeader } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { icon } from '../http/icon.ts'
import type { GraphiqlAssets } from './graphiql-assets.ts'
import { startWith } from './graphiql-start.ts'

/** Sends the page, which opens with these tabs. Nothing in it was written by a caller. */
export function sendPage(
  exchange: Exchange,
  { script, styles, schema }: GraphiqlAssets,
  tabs: readonly string[],
): void {
  const start = startWith(tabs)
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(start).digest('base64')}'`,
    "style-src 'self' 'unsafe-inline'", // its editor writes its own styles
    "img-src 'self' data:",
    'font-src data:',
    "connect-src 'self'",
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  setHeader(exchange, 'Content-Security-Policy', policy.join('; '))
  setHeader(exchange, 'Cross-Origin-Opener-Policy', 'same-origin')
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Coatcheck GraphiQL</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}" />
    <link rel="stylesheet" href="?graphiql=${styles.name}" />
    <script src="?graphiql=${script.name}" defer></script>
    <script src="?graphiql=${schema.name}" defer></script>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <p id="loading" role="status" style="position: fixed; margin: 1em" hidden>GraphiQL is loading.</p>
    <div id="root"></div>
    <script>${start}</script>
  </body>
</html>
`
  send(exchange, 200, 'text/html; charset=utf-8', page)
}

/**
 * Tells a visitor who is no member of staff how to get in: by `/admin`, which stands beside the API on a server of ours, or,
 * without these pages, by any page of the site that signs visitors in, for it is the same cookie.
 */
export function turnAway(exchange: Exchange, hasAdmin: boolean): true {
  setHeader(exchange, 'Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  const way = hasAdmin
    ? '<a href="admin">Sign in on the staff’s pages</a>, and load this page again.'
    : 'Sign in as a member of staff where this site signs its visitors in, and load this page again. This server has no pages for staff: an operator switches them on with <code>ADMIN=true</code>.'
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="color-scheme" content="light dark" />
    <title>Staff only</title>
  </head>
  <body>
    <main>
      <h1>GraphiQL is for staff here</h1>
      <p>${way}</p>
    </main>
  </body>
</html>
`
  send(exchange, 403, 'text/html; charset=utf-8', page)
  return true
}
