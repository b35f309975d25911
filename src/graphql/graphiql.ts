import { createHash, randomBytes } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import { send } from '../http/answer.ts'
import { makeAsset, sendAsset } from '../http/asset.ts'
import type { Asset } from '../http/asset.ts'
import { setHeader } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { tabsFor } from './graphiql-tabs.ts'

/** GraphiQL: a page, and its script and styles, which browsers keep. */
export interface Graphiql {
  /** Answers the request where it is for the page or what belongs to it; false where it is not. */
  serve(exchange: Exchange): Promise<boolean>
}

/**
 * The GraphiQL page, whole: it asks no other server for anything, runs no script but its own, and asks the address that it
 * was loaded from, whatever prefix a proxy has put in front. The 9 MB of it are loaded and compressed once, when the page
 * is first asked for.
 */
export function createGraphiql(
  schema: GraphQLSchema,
  { production }: { production: boolean },
): Graphiql {
  let loading: Promise<Assets> | null = null
  const load = () => (loading ??= loadAssets())

  return {
    async serve(exchange) {
      const { request } = exchange
      if (request.method !== 'GET') return false
      const wanted = /[?&]graphiql=([\w.-]+)$/.exec(request.url ?? '')?.[1]
      if (wanted !== undefined) return sendAsset(exchange, (await load()).byName.get(wanted))
      if (!request.headers.accept?.includes('text/html')) return false
      sendPage(exchange, await load(), startFor(schema, production))
      return true
    },
  }
}

interface Assets {
  readonly script: Asset
  readonly styles: Asset
  readonly icon: string
  readonly byName: ReadonlyMap<string, Asset>
}

async function loadAssets(): Promise<Assets> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL()
  const between = (start: string, end: number) =>
    html.slice(html.indexOf(start) + start.length, end)
  const code = between('<script>', html.lastIndexOf('YogaGraphiQL.renderYogaGraphiQL('))
  const [script, styles] = await Promise.all([
    makeAsset('js', 'text/javascript; charset=utf-8', code),
    makeAsset('css', 'text/css; charset=utf-8', between('<style>', html.indexOf('</style>'))),
  ])
  const icon = /<link rel="icon" href="([^"]*)"/.exec(html)?.[1] ?? ''
  const byName = new Map([script, styles].map((asset) => [asset.name, asset]))
  return { script, styles, icon, byName }
}

function sendPage(exchange: Exchange, { script, styles, icon }: Assets, start: string) {
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
    <link rel="icon" href="${icon}" />
    <link rel="stylesheet" href="?graphiql=${styles.name}" />
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="?graphiql=${script.name}"></script>
    <script>${start}</script>
  </body>
</html>
`
  send(exchange, 200, 'text/html; charset=utf-8', page)
}

/** What the page runs once its script is there. Nothing in it was written by a caller. */
function startFor(schema: GraphQLSchema, production: boolean): string {
  const newcomer = {
    username: `ada-${randomBytes(3).toString('hex')}`,
    password: randomBytes(12).toString('base64url'),
  }
  const tabs = tabsFor(schema, production ? null : newcomer)
  const defaultTabs = tabs.map((query) => ({ query }))
  const options = JSON.stringify({ title: 'Coatcheck', credentials: 'same-origin', defaultTabs })
  return `YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), { ...${options}, endpoint: location.pathname })`
}
