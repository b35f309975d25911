import { assertValidSchema, lexicographicSortSchema, printSchema as print } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { createBuilder } from './builder.ts'
import type { Builder } from './builder.ts'
import type { Extension } from './extension.ts'
import type { ErrorCodes } from './refusal-types.ts'
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

/**
 * The schema of one application: the core, and what its extensions add. Each types file keeps its own queries and mutations.
 * Rejects with `UnusableTypes` where a type or a field is there twice, names what is not there, or has nothing in it.
 */
export async function createSchema(extensions: readonly Extension[]): Promise<GraphQLSchema> {
  try {
    const codes: ErrorCodes = {}
    const builder = createBuilder(codes)
    addScalars(builder)
    addErrors(builder)
    addRequestErrorCode(builder)
    addEndReason(builder)
    addUser(builder)
    addSession(builder)
    addAuth(builder)
    addPassword(builder)
    addRevocation(builder)
    const connection = addSessionRecord(builder)
    addDevices(builder, connection)
    addUsers(builder)
    addAdministration(builder, connection)
    addAudit(builder)
    addSessionEvents(builder)
    // The same builder. An extension's resolvers see less of the context, and Pothos' types take nothing else for it.
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

/** The schema as text, its types and fields in the order of the alphabet. */
export function printSchema(schema: GraphQLSchema): string {
  return `${print(lexicographicSortSchema(schema))}\n`
}
