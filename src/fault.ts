/**
 * What a client reads of an error that is not for it to read: the log has the error whole, under the id of the request, which the
 * client is told beside this. It is all that HTTP knows of errors. Which others are for a client is in `failures.ts`.
 */
export const fault = {
  status: 500,
  code: 'INTERNAL_SERVER_ERROR',
  message: 'Unexpected error.',
} as const
