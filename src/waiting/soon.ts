/** What is there at once, where nothing has to be waited for, or else comes by a promise. Await it either way. */
export type Soon<Result> = Result | Promise<Result>
