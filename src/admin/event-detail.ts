import type { AuditedEvent } from '../auth/audit/audit-list.ts'
import type { LoginFailure } from '../auth/audit/auth-event.ts'
import { failureFrom } from '../auth/audit/login-failure.ts'

/** What more an event says. */
export interface Detail {
  /** The backend that vouched for the user. */
  readonly backend: string | null
  /** Why a login was refused. */
  readonly failure: LoginFailure | null
  /** Who did it at the server's shell. */
  readonly shell: string | null
  /** Did the host do it, on behalf of no user? */
  readonly isHost: boolean
  /** What an end of many was asked for. */
  readonly filter: Readonly<Record<string, unknown>> | null
  readonly count: number | null
  /** The ids of those that ended. */
  readonly sessions: readonly string[]
}

/** What the detail says, as far as it is known here: a host's own listener may have written anything. */
export function detailOf({ type, detail }: AuditedEvent): Detail {
  const { backend, reason, shell, application, filter, count, sessions } = objectIn(detail)
  return {
    backend: typeof backend === 'string' ? backend : null,
    failure: type === 'LOGIN_FAILED' ? failureFrom(reason) : null,
    shell: isNamed(shell) ? `${shell.user}` : null,
    isHost: application === true,
    filter: typeof filter === 'object' && filter !== null ? { ...filter } : null,
    count: typeof count === 'number' ? count : null,
    sessions: Array.isArray(sessions) ? sessions.filter((id) => typeof id === 'string') : [],
  }
}

function objectIn(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {} // SyntaxError: no JSON
  }
}

function isNamed(value: unknown): value is { readonly user: string } {
  return typeof value === 'object' && value !== null && typeof Object(value).user === 'string'
}
