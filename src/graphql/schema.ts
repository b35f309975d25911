import { assertValidSchema, lexicographicSortSchema, printSchema as print } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import type { ListenToSession } from '../auth/roster/session-news.ts'
import type { UseCases } from '../auth/use-cases.ts'
import { createBuilder } from './builder.ts'
import type { Builder } from './builder.ts'
import type { Extension } from './extension.ts'
import type { ErrorCodes } from './refusal-types.ts'
import type { Streams } from './streams.ts'
import { addAdministration } from './types/administration.ts'
import { addAudit } from './types/audit.ts'
import { addAuth } from './types/auth.ts'
import { addDevices } from './types/devices.ts'
import { addEndReason } from './types/end-reason.ts'
import { addErrors } from './types/errors.ts'
import { addPassword } from './types/password.ts'
import { addRequestErrorCode } from './types/request-error-code.ts'
import { addRevocation } from './types/revocation.ts'
import { addScalars } from './types/scalars.ts'
import { addSession } from './types/session.ts'
import { addSessionEvents } from './types/session-events.ts'
import { addSessionRecord } from './types/session-record.ts'
import { addUser } from './types/user.ts'
import { addUsers } from './types/users.ts'
import { UnusableTypes } from './unusable-types.ts'

/** What the fields of the core call. Each part of the schema gets the ones that it names. */
export interface SchemaParts extends Pick<
  UseCases,
  'logins' | 'register' | 'changePassword' | 'users' | 'sessions' | 'audit'
> {
  /** The streams of this process. */
  readonly streams: Streams
  /** The news of a visitor's own session. */
  readonly listen: ListenToSession
  /** The longest idle time that a visitor may ask for, in seconds. */
  readonly longestExpiry: number
}

/**
 * The schema of one application: the core, and what its extensions add. Each types file keeps its own queries and mutations.
 * Rejects with `UnusableTypes` where a type or a field is there twice, names a type that is missing, or is empty.
 */
export async function createSchema(
  extensions: readonly Extension[],
  parts: SchemaParts,
): Promise<GraphQLSchema> {
  const { logins, register, changePassword, users, sessions, audit } = parts
  const { streams, listen, longestExpiry } = parts
  try {
    const codes: ErrorCodes = {}
    const builder = createBuilder(codes, { ends: sessions, streams })
    addScalars(builder)
    addErrors(builder)
    addRequestErrorCode(builder)
    addEndReason(builder)
    addUser(builder)
    addSession(builder, { ends: sessions, longestExpiry })
    addAuth(builder, { logins, register })
    addPassword(builder, { changePassword })
    addRevocation(builder)
    const pages = addSessionRecord(builder, { sessions })
    addDevices(builder, { sessions, pages })
    addUsers(builder, { users })
    addAdministration(builder, { sessions, pages })
    addAudit(builder, { audit })
    addSessionEvents(builder, { listen })
    // The same builder. An extension's resolvers see less of the context, which the types of Pothos cannot express.
    for (const { types } of extensions) await types?.(builder as unknown as Builder)
    builder.enumType('ErrorCode', {
      description: 'What a refusal is, for programs. A later release may add some.',
      values: codes,
    })
    const schema = builder.toSchema()
    assertValidSchema(schema)
    return schema
  } catch (error) {
    throw new UnusableTypes(error)
  }
}

/** The schema as text, in alphabetical order. */
export function printSchema(schema: GraphQLSchema): string {
  return `${print(lexicographicSortSchema(schema))}\n`
}
