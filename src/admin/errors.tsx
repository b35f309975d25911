import type { Logger } from 'pino'
import { publicError } from '../graphql/errors.ts'
import { UnusableBody } from '../http/body.ts'
import { linkTo } from './links.ts'
import type { View } from './visit.ts'

/** The page for an error. The log has a fault whole, under the id that the page shows. */
export function errorOf(
  error: unknown,
  { log, requestId }: { log: Logger; requestId: string },
): View {
  if (error instanceof UnusableBody) {
    // The host has read the form and left nothing of it: its operator must know.
    if (error.status === 500) log.error({ requestId }, `coat.admin: ${error.message}`)
    return failure(error.status, error.message)
  }
  const { message, extensions } = publicError(error, { log, requestId })
  const { code, http } = extensions as {
    code?: string
    http?: { status?: number; headers?: Record<string, string> }
  }
  if (code === 'NOT_FOUND') return notFound(message)
  const isFault = code === 'INTERNAL_SERVER_ERROR'
  const status = http?.status ?? (isFault ? 500 : 409)
  const view = failure(status, message, isFault ? requestId : undefined)
  return http?.headers ? { ...view, headers: http.headers } : view
}

/** For an address that names no page. */
export function noPage(): View {
  return notFound('There is no such page.')
}

/** For an address, or a form, that names what is not there. */
export function notFound(message: string): View {
  return failure(404, message)
}

/** For a form that no page has. */
export function noSuchAct(): View {
  return failure(400, 'This form asks for nothing that is known here.')
}

function failure(status: number, message: string, requestId?: string): View {
  return {
    title: status === 404 ? 'Not found' : 'That did not work',
    status,
    body: (
      <section class="panel">
        <p>{message}</p>
        {requestId !== undefined && (
          <p>
            The log has more under this id: <code>{requestId}</code>
          </p>
        )}
        <p>
          <a href={linkTo('home')}>Go to the front page</a>
        </p>
      </section>
    ),
  }
}
