import { NotFound } from '../refusals.ts'
import { parseId } from '../session/key.ts'
import type { SessionId } from '../session/key.ts'

/** The session that an address names. Throws `NotFound` where it names none. */
export function sessionIdIn(params: URLSearchParams): SessionId {
  const id = parseId(params.get('id') ?? '')
  if (id === null) throw new NotFound('session')
  return id
}
