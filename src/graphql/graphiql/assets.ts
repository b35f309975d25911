import { introspectionFromSchema } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { makeAsset } from '../../http/asset.ts'
import type { Asset } from '../../http/asset.ts'
import { graphiqlStyles } from './styles.ts'

/** What belongs to the page. */
export interface GraphiqlAssets {
  readonly script: Asset
  readonly styles: Asset
  /** Declares the schema as `coatcheckSchema`: the page need not ask for it, and works where introspection is off. */
  readonly schema: Asset
  readonly byName: ReadonlyMap<string, Asset>
}

/** Takes the page of Yoga apart into files that browsers keep. */
export async function loadAssets(schema: GraphQLSchema): Promise<GraphiqlAssets> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL()
  const between = (start: string, end: number) =>
    html.slice(html.indexOf(start) + start.length, end)
  const code = between('<script>', html.lastIndexOf('YogaGraphiQL.renderYogaGraphiQL('))
  const looks = between('<style>', html.indexOf('</style>'))
  const introspection = JSON.stringify(
    introspectionFromSchema(schema, { inputValueDeprecation: true }),
  )
  const [script, styles, known] = await Promise.all([
    makeAsset('js', javascript, withoutDescription(code)),
    makeAsset('css', 'text/css; charset=utf-8', looks + graphiqlStyles),
    makeAsset('js', javascript, `const coatcheckSchema = ${introspection}`),
  ])
  const byName = new Map([script, styles, known].map((asset) => [asset.name, asset]))
  return { script, styles, schema: known, byName }
}

/**
 * GraphiQL's dialogs name a description that they do not have, and their library warns of it on the console. This says, in its
 * words, that there is none: GraphiQL itself has no setting for it.
 */
function withoutDescription(code: string): string {
  const dialog = 'className:"graphiql-dialog",'
  return code.replace(dialog, `${dialog}"aria-describedby":void 0,`)
}

const javascript = 'text/javascript; charset=utf-8'
