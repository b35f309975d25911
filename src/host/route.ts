import type { ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Logins } from '../auth/logins/logins.ts'
import { createVisit } from '../auth/logins/visit.ts'
import type { Visit } from '../auth/logins/visit.ts'
import type { RequestRoster } from '../auth/roster/roster.ts'
import type { Exchange } from '../http/exchange.ts'
import type { WithSession } from '../session/serve.ts'
import type { Session } from '../session/session.ts'
import { addHeaders } from './answer-headers.ts'
import { answerError, forFramework } from './failures.ts'
import { holdAnswer } from './hold.ts'
import type { Hold } from './hold.ts'

/** What a framework calls for the handlers behind this one, or with an error for those that answer errors. */
export type Next = (error?: unknown) => unknown

/** What routes work with. */
export interface RouteParts {
  readonly withSession: WithSession<RequestRoster>
  readonly logins: Pick<Logins, 'loginAs' | 'logout'>
  readonly log: Logger
}

/** One request that handlers of the host answer, with the session that they share. */
export interface Route {
  readonly visit: Visit
  /** Calls a handler. `next` is the framework's at this place, where it has one. What the handler throws fails the request. */
  call(next: Next | undefined, handler: (goOn: Next) => unknown): void
  /** Forgets what was recorded and not stored, and lets nothing follow. */
  giveUp(): Promise<unknown>
}

/** How the wait for an answer ended, where it was not by the answer: by an error, or by the client's leaving. */
type Ending = { readonly error: unknown } | 'gone'

/**
 * Opens the session of a request, and has `begin` call the first handler. Resolves once the answer is on its way, with the
 * session stored, or handed on to the framework. Never rejects, save with what a framework's `next` throws.
 */
export async function openRoute(
  exchange: Exchange,
  { withSession, logins, log }: RouteParts,
  first: Next | undefined,
  begin: (route: Route) => void,
): Promise<void> {
  const { request, response, client, id: requestId } = exchange
  const visited = { request, client, headers: [] as string[] }
  /** The framework's, of the handler that was called last: that is where it goes on. */
  let next = first
  let settle: (ending: Promise<Ending | null>) => void = () => {}
  const ended = new Promise<Ending | null>((resolve) => (settle = resolve))
  /** What the answer's beginning, an error and the client's leaving do to the session, at that very moment. */
  let end = { byAnswer: () => {}, by: (_ending: Ending) => {} }
  const hold = holdAnswer(response, () => end.byAnswer())
  response.once('close', () => hold.hasBegun || end.by('gone'))
  const isSent: Promise<void> = serve()
  await isSent

  async function serve(): Promise<void> {
    let ending: Ending | null
    try {
      ending = await withSession(visited, work, true)
      if (ending === null) return hold.release(visited.headers)
    } catch (error) {
      ending = { error }
    }
    if (ending === 'gone') return hold.lift()
    await handOn(ending.error)
  }

  async function work(caller: { session: Session; roster: RequestRoster }): Promise<Ending | null> {
    const { session } = caller
    session.unhandled = { interrupt: fail, late: fail }
    end = {
      byAnswer: () => settle(store(session)),
      by: (ending) => settle(forget(session, ending)),
    }
    // Others may have answered while the session was opened, for a time-out as a rule.
    if (hold.hasBegun) end.byAnswer()
    else if (response.closed) end.by('gone')
    const visit = createVisit(logins, { ...caller, client })
    begin({ visit, call, giveUp: () => session.abandon() })
    return ended
  }

  function call(nextHere: Next | undefined, handler: (goOn: Next) => unknown): void {
    next = nextHere ?? next
    const goOn: Next = (error) => {
      // Express's words for a part of its way, which are no errors.
      const isError = error != null && error !== 'route' && error !== 'router'
      if (isError) return fail(error)
      return nextHere === undefined ? fail(new Error('There is no next to call.')) : nextHere(error)
    }
    void (async () => handler(goOn))().catch((thrown: unknown) => fail(asError(thrown)))
  }

  function fail(error: unknown): void {
    if (!hold.hasBegun && !response.closed) return end.by({ error })
    void Promise.resolve()
      .then(() => isSent) // a handler that fails at once does so before it is set
      .then(() => tellOfLate(error))
      .catch(() => undefined)
  }

  /** The answer was begun, or no client is there any more. Half an answer must not look like a whole one. */
  function tellOfLate(error: unknown): unknown {
    if (next !== undefined) return next(error)
    log.error(
      { err: error, requestId },
      'a route failed after its answer had begun, or its client had left',
    )
    if (!response.writableEnded) response.destroy()
    return undefined
  }

  /** To the framework, or to the client in our own form; with the cookie of what was stored before. */
  async function handOn(error: unknown): Promise<void> {
    clearAway(hold, error, next !== undefined)
    if (response.headersSent) return void response.destroy()
    addHeaders(response, visited.headers)
    if (next === undefined) answerError(exchange, error, log)
    else await next(forFramework(error))
  }
}

/** For a framework's `next` nothing is no error, nor is 'route': it would go on as if the handler had let the request pass. */
function asError(thrown: unknown): unknown {
  const isNone = thrown == null || thrown === 'route' || thrown === 'router'
  return isNone ? new Error(`The handler threw ${String(thrown)}.`) : thrown
}

/** Waits for what the handler has begun, and then lets nothing follow. Resolves with the error that kept the session from being stored. */
async function store(session: Session): Promise<Ending | null> {
  try {
    await session.close()
    return null
  } catch (error) {
    return forget(session, { error })
  }
}

async function forget(session: Session, ending: Ending): Promise<Ending> {
  await session.abandon()
  return ending
}

/** A framework goes on with the headers that the handler has set, as it would without us, unless they are of an answer. */
function clearAway(hold: Hold, error: unknown, isHandedOn: boolean): void {
  if (isHandedOn && !hold.hasBegun) return hold.lift()
  hold.discard(error instanceof Error ? error : new Error(String(error)))
}

/** Resolves when the answer is over, however it ended. */
export function isOver(response: ServerResponse): Promise<void> {
  if (response.closed || response.writableFinished) return Promise.resolve()
  return new Promise((resolve) => {
    response.once('finish', resolve).once('close', resolve)
  })
}
