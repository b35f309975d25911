import { z } from 'zod'
import { InvalidInput, invalid } from '../../refusals.ts'
import { sessionStatuses } from '../sessions/session-filter.ts'
import type { SessionFilter } from '../sessions/session-filter.ts'

/** Which sessions: the filter of the schema. Each name in it must have a value. */
export type HostSessionFilter = {
  readonly [Name in keyof SessionFilter]?: NonNullable<SessionFilter[Name]>
}

const shape = z.strictObject({
  status: z.enum(sessionStatuses).optional(),
  userId: z.string().min(1).optional(),
  username: z.string().min(1).optional(),
  authenticated: z.boolean().optional(),
  ipAddress: z.string().min(1).optional(),
  userAgentContains: z.string().min(1).optional(),
  createdBefore: z.date().optional(),
  createdAfter: z.date().optional(),
  lastSeenBefore: z.date().optional(),
} satisfies Record<keyof SessionFilter, z.ZodType>)

/**
 * Throws `InvalidInput` for a filter with an unknown name, or with a name that has no value: it may match more than its
 * writer meant. `{ userId: user?.id }` must never match the sessions of all users.
 */
export function assertHostFilter(filter: HostSessionFilter): void {
  for (const [name, value] of Object.entries(filter ?? {}))
    if (value === undefined || value === null)
      throw invalid(['filter', name], { message: `${name} has no value.`, code: 'REQUIRED' })
  const { error } = shape.safeParse(filter)
  if (error === undefined) return
  throw new InvalidInput(
    error.issues.map(({ path, message }) => ({
      path: ['filter', ...path.map(String)],
      message,
      code: 'NOT_ALLOWED',
    })),
  )
}
