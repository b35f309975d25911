import { createHash } from 'node:crypto'
import { send } from '../../http/answer.ts'
import { setHeader } from '../../http/exchange.ts'
import type { Exchange } from '../../http/exchange.ts'
import { icon } from '../../http/icon.ts'
import { isolate } from '../../http/trustworthy.ts'
import type { GraphiqlAssets } from './assets.ts'
import { startWith } from './start.ts'

/** Sends the page, which opens with these tabs. `isForStaff`: strangers cannot have it. Nothing in it was written by a caller. */
export function sendPage(
  exchange: Exchange,
  { script, styles, schema }: GraphiqlAssets,
  { tabs, isForStaff }: { tabs: readonly string[]; isForStaff: boolean },
): void {
  const start = startWith(tabs, isForStaff)
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
  isolate(exchange)
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

/** The icon of a page, in the page itself. */
export const iconLink = `<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}" />`

/** What a policy names an inline script or style by. */
export function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
