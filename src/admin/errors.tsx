import type { ComponentChildren } from 'preact'
import type { Logger } from 'pino'
import { isOutage } from '../database/errors.ts'
import { failureOf } from '../failures.ts'
import { fault } from '../fault.ts'
import { UnusableBody } from '../http/body.ts'
import type { PageParts } from './desk-parts.ts'
import { healthOfStores, HealthList } from './health.tsx'
import type { HealthParts } from './health.tsx'
import { linkTo } from './links.ts'
import type { View } from './visit.ts'

/** What the page for an error is made of. */
export interface ErrorParts {
  readonly desk: Omit<HealthParts, 'bus'> & Pick<PageParts, 'now'>
  readonly log: Logger
  readonly requestId: string
}

/**
 * The page for an error. The log has a fault whole, under the id that the page shows. Where the database or the store is
 * out, the page says how each of them is: no member of staff can open the front page then. Strangers read it too.
 */
export async function errorOf(error: unknown, { desk, log, requestId }: ErrorParts): Promise<View> {
  if (error instanceof UnusableBody) {
    // The host has read the form and left nothing of it: its operator must know.
    if (error.status === 500) log.error({ requestId }, `coat.admin: ${error.message}`)
    return failure(error.status, error.message)
  }
  const said = failureOf(error)
  if (said === null) {
    log.error({ err: error, requestId }, 'unexpected error')
    return { ...failure(fault.status, fault.message, { requestId }), code: fault.code }
  }
  if (isOutage(error)) log.error({ err: error }, 'database unavailable')
  const { status, code, message, retryAfter } = said
  if (code === 'NOT_FOUND') return notFound(message)
  const health = code === 'SESSION_STORE_UNAVAILABLE' ? await healthOfStores(desk) : []
  const view = failure(status, message, {
    more: health.length > 0 && <HealthList health={health} now={desk.now()} />,
  })
  const headers = retryAfter === null ? {} : { headers: { 'Retry-After': String(retryAfter) } }
  return { ...view, code, ...headers }
}

/** For an address that names no page. */
export function noPage(): View {
  return notFound('There is no such page.')
}

/** For an address, or a form, that names what is not there. `page` is the page that was asked for. */
export function notFound(message: string, page = 'home'): View {
  return failure(404, message, { more: lost[page] && <p>{lost[page]}</p> })
}

/** Where to look for what a page does not find. */
const lost: Readonly<Record<string, ComponentChildren>> = {
  session: (
    <>
      It may have ended long ago, and have been cleared. Look for it in{' '}
      <a href={linkTo('sessions', { status: 'ANY' })}>all sessions</a>, or for what it did in{' '}
      <a href={linkTo('audit')}>the audit</a>.
    </>
  ),
  user: (
    <>
      The account may have been deleted. Look for it in <a href={linkTo('users')}>all users</a>.
    </>
  ),
}

/** For a form that the page does not have. */
export function noSuchAct(): View {
  return failure(400, 'This page has no such form.')
}

function failure(
  status: number,
  message: string,
  { requestId, more = null }: { requestId?: string; more?: ComponentChildren } = {},
): View {
  return {
    title: status === 404 ? 'Not found' : 'That did not work',
    status,
    body: (
      <section class="panel">
        <p>{message}</p>
        {more}
        {requestId !== undefined && (
          <p>
            The log has more under this id: <code>{requestId}</code>
          </p>
        )}
        <p>
          <a href={linkTo('home')}>{status === 503 ? 'Try again' : 'Go to the front page'}</a>
        </p>
      </section>
    ),
  }
}
