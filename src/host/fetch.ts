import { refuse } from '../http/answer.ts'
import { pathBelow, pathOf } from '../http/exchange.ts'
import type { Door } from './door.ts'
import { factsOf } from './facts.ts'
import type { HostFacts } from './facts.ts'
import { openFetchExchange } from './fetch-exchange.ts'
import type { Mountable } from './listener.ts'

/** What the host says of a request that it hands over as the Fetch standard has it. */
export interface FetchFacts extends Pick<HostFacts, 'body' | 'mount' | 'id'> {
  /**
   * The address that the request came from: the connection's own, as `getConnInfo(c).remote.address` in Hono, or what the
   * platform says it is. TRUST_PROXY says whether headers are believed beyond it. Left out: it is not known.
   */
  readonly address?: string | undefined
  /** What is asked for, where the path ends with neither `/graphql` nor `/admin`. */
  readonly door?: 'graphql' | 'admin'
}

/**
 * Answers a request, for hosts that speak the Fetch standard: Hono, Next.js, SvelteKit, Bun, Deno. Paths may have any prefix:
 * what ends with `/graphql` is the API, and what ends with `/admin` are the pages of staff. Rejects where `request.signal`
 * is aborted before there is an answer; aborted later, or where the body of the answer is cancelled, it ends the work.
 */
export type AnswerFetch = (request: Request, facts?: FetchFacts) => Promise<Response>

/** Answers what is `served`, the API first, by requests that come in through `door`. */
export function createFetch(door: Door, served: readonly Mountable[]): AnswerFetch {
  return (request, given = {}) => {
    const { node, answer } = openFetchExchange(request, given.address)
    const path = pathOf(node.request.url)
    const found = served.find(({ name }) =>
      given.door === undefined ? isAt(path, name) : name === `/${given.door}`,
    )
    const { address: _address, door: _door, ...said } = given
    const facts = factsOf(node.request, said)
    const exchange = door.take(node.request, node.response, facts)
    if (exchange === null) return answer
    if (found?.handler && pathBelow(facts) === '') found.handler(exchange)
    else refuse(exchange, 404, { message: 'There is nothing here.' })
    return answer
  }
}

function isAt(path: string, name: string): boolean {
  return path.endsWith(name) || path.endsWith(`${name}/`)
}
