/** What is wrong with the types of a schema, in a sentence that names the type or the field. */
export class UnusableTypes extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`The GraphQL types cannot be put together: ${reason}`, { cause })
    this.name = 'UnusableTypes'
  }
}
