import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuse } from '../http/answer.ts'
import { pathBelow } from '../http/exchange.ts'
import type { Handler } from '../http/server.ts'
import type { Door } from './door.ts'
import { factsOf } from './facts.ts'
import type { HostFacts } from './facts.ts'
import type { Next } from './route.ts'

/**
 * Answers a request of node:http, under whatever path the host has mounted it. Express and Connect call it with `next`, and
 * get back what is below the mount and not ours. Other hosts may say more of the request: Fastify
 * `coat.graphql(request.raw, reply.raw, { body: request.body, address: request.ip })` after `reply.hijack()`, Koa
 * `coat.graphql(ctx.req, ctx.res, { body: ctx.request.body })` after `ctx.respond = false`. A body that the host's parser
 * has read is taken from there or from `request.body`; one that was read and is in neither is answered 500, and logged.
 */
export type NodeListener = (
  request: IncomingMessage,
  response: ServerResponse,
  more?: Next | HostFacts,
) => void

/** What a listener serves. */
export interface Mountable {
  /** Where our own server has it: /graphql, /admin. */
  readonly name: string
  /** undefined: the application has none. */
  readonly handler: Handler | undefined
}

/** The listener of what a host mounts. Its requests come in through `door`. */
export function createListener(door: Door, { handler }: Mountable): NodeListener {
  return (request, response, more) => {
    const facts = factsOf(request, typeof more === 'object' ? more : none)
    const isOurs = handler !== undefined && pathBelow(facts) === ''
    if (!isOurs && typeof more === 'function') return void more()
    const exchange = door.take(request, response, facts)
    if (exchange === null) return
    if (isOurs) return handler(exchange)
    refuse(exchange, 404, { message: 'There is nothing here.' })
  }
}

const none: HostFacts = {}
