import type { Exchange } from '../../http/exchange.ts'
import type { GraphiqlAssets } from './assets.ts'
import { hashOf, sendDocument } from './document.ts'
import { startWith } from './start.ts'

/** Sends the page, which opens with these tabs. `isForStaff`: strangers cannot have it. */
export function sendPage(
  exchange: Exchange,
  { script, styles, schema }: GraphiqlAssets,
  { tabs, isForStaff }: { tabs: readonly string[]; isForStaff: boolean },
): void {
  const start = startWith(tabs, isForStaff)
  sendDocument(exchange, {
    title: 'Coatcheck GraphiQL',
    policy: [
      `script-src 'self' ${hashOf(start)}`,
      "style-src 'self' 'unsafe-inline'", // its editor writes its own styles
      "img-src 'self' data:",
      'font-src data:',
      "connect-src 'self'",
      'worker-src blob:',
    ],
    head: `<link rel="stylesheet" href="?graphiql=${styles.name}" />
    <script src="?graphiql=${script.name}" defer></script>
    <script src="?graphiql=${schema.name}" defer></script>`,
    body: `<body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <main>
      <h1 class="unseen">Coatcheck GraphiQL</h1>
      <p id="loading" role="status" style="position: fixed; margin: 1em" hidden>GraphiQL is loading.</p>
      <div id="root"></div>
    </main>
    <script>${start}</script>
  </body>`,
  })
}
