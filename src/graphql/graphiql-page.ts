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
    `script-src 'self' ${hashOf(start)}`,
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
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Coatcheck GraphiQL</title>
    ${iconLink}
    <link rel="stylesheet" href="?graphiql=${styles.name}" />
    <script src="?graphiql=${script.name}" defer></script>
    <script src="?graphiql=${schema.name}" defer></script>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <main>
      <h1 class="unseen">Coatcheck GraphiQL</h1>
      <p id="loading" role="status" style="position: fixed; margin: 1em" hidden>GraphiQL is loading.</p>
      <div id="root"></div>
    </main>
    <script>${start}</script>
  </body>
</html>
`
  send(exchange, 200, 'text/html; charset=utf-8', page)
}

const iconLink = `<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}" />`

/** Those of the page that turns visitors away: it stands alone, and asks for no file. */
const plainStyles = `
  :root { color-scheme: light dark; }
  body { margin: 0; padding: clamp(1.5rem, 12vh, 8rem) 1.25rem; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#f5f7f7, #101716); color: light-dark(#16211f, #e7efed); }
  main { max-width: 32rem; margin: 0 auto; padding: 1.5rem; background: light-dark(#fff, #182120); border: 1px solid light-dark(#d5dddb, #31403d); border-radius: 12px; }
  h1 { margin: 0 0 0.75rem; font-size: 1.4rem; line-height: 1.25; }
  p { margin: 0; }
  a { color: light-dark(#0b5f58, #7fe3d4); }
`

/**
 * Tells a visitor who is no member of staff how to get in: by `/admin`, which stands beside the API on a server of ours, or,
 * without these pages, by any page of the site that signs visitors in, for it is the same cookie.
 */
export function turnAway(exchange: Exchange, hasAdmin: boolean): true {
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `style-src ${hashOf(plainStyles)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  setHeader(exchange, 'Content-Security-Policy', policy.join('; '))
  const way = hasAdmin
    ? '<a href="admin">Sign in on the staff’s pages</a>, and load this page again.'
    : 'Sign in as a member of staff where this site signs its visitors in, and load this page again. This server has no pages for staff: an operator switches them on with <code>ADMIN=true</code>.'
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Staff only</title>
    ${iconLink}
    <style>${plainStyles}</style>
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

/** What a policy names an inline script or style by. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
