import type { CoreBuilder } from '../builder.ts'

/** The values of `extensions.code` in `errors`, so that programs need not copy them from a page. */
export function addRequestErrorCode(builder: CoreBuilder): void {
  builder.enumType('RequestErrorCode', {
    description:
      'What `extensions.code` of an entry of `errors` may be: what is no refusal. No field has this type. A later release may add some.',
    values: {
      BAD_USER_INPUT: {
        description:
          'The request, the document or a variable is malformed, or past the limit that `extensions.limit` names.',
      },
      EXECUTION_TIMEOUT: { description: 'The operation took longer than GRAPHQL_TIMEOUT.' },
      UNAUTHENTICATED: {
        description: 'For signed-in users only. `extensions.reason` says why a session has ended.',
      },
      FORBIDDEN: { description: 'For staff only, or the origin is not allowed.' },
      NO_SESSION: { description: 'There is no session to listen to.' },
      TOO_MANY_STREAMS: { description: 'Too many streams of one session, or of the server.' },
      NOT_ACCEPTABLE: { description: 'Nothing that the request accepts can carry the answer.' },
      PERSISTED_QUERY_NOT_SUPPORTED: { description: 'Send the document, not its hash alone.' },
      SESSION_BUSY: { description: 'Too many writers of one session: try again.' },
      SESSION_STORE_UNAVAILABLE: {
        description: 'The store did not answer. The visitor keeps the cookie.',
      },
      SERVER_BUSY: { description: 'Too many passwords are being checked: try again.' },
      INTERNAL_SERVER_ERROR: {
        description: 'Anything unexpected. `extensions.requestId` finds it in the log.',
      },
    } as const,
  })
}
