/** A result that is there at once where nothing has to wait, and otherwise comes by a promise. Await it either way. */
export type Soon<Result> = Result | Promise<Result>
