/**
 * The same functions, which reject with a sentence once the application is closed: what they call would fail somewhere
 * inside, with words about a database that the host has never seen.
 */
export function untilClosed<Tools extends object>(tools: Tools, isClosed: () => boolean): Tools {
  const guarded = Object.entries(tools).map(([name, call]) => [name, guard(call, isClosed)])
  return Object.fromEntries(guarded) as Tools
}

type Call = (...args: readonly unknown[]) => unknown

function guard(call: Call, isClosed: () => boolean): Call {
  return async (...args) => {
    if (isClosed()) throw new Error('The application is closed.')
    return call(...args)
  }
}
