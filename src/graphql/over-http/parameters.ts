import type { GraphQLParams } from 'graphql-yoga'
import { parseObject } from '../../http/body.ts'
import type { Exchange } from '../../http/exchange.ts'
import { takeBody } from '../../http/hosted-body.ts'

/**
 * The parameters of a request: from the URL of a GET, otherwise from a body of at most `limit` bytes. Throws, or rejects
 * with, `UnusableBody`.
 */
export function readParameters(
  exchange: Exchange,
  limit: number,
): GraphQLParams | Promise<GraphQLParams> {
  const { method, url = '' } = exchange.request
  return method === 'GET' ? inQuery(url) : takeBody(exchange, limit)
}

/** Empty texts count as left out. */
function inQuery(url: string): GraphQLParams {
  const at = url.indexOf('?')
  const given = new URLSearchParams(at === -1 ? '' : url.slice(at))
  const found: Record<string, unknown> = {}
  for (const name of ['query', 'operationName']) {
    const text = given.get(name)
    if (text) found[name] = text
  }
  for (const name of ['variables', 'extensions']) {
    const text = given.get(name)
    if (text !== null && text !== 'null') found[name] = parseObject(text, `What ${name} says`)
  }
  return found
}
