/** One GiB. This refuses a hash that asks for more: an attacker must not stall the server by one. */
const mostMemory = 1_048_576

/**
 * Is `text` a hash in PHC format that argon2 can check? Where it is, an error of argon2 is a fault, and not a wrong password.
 * The bounds are those of RFC 9106.
 */
export function isArgon2Hash(text: string): boolean {
  const [, list = '', salt = '', digest = ''] =
    /^\$argon2(?:id|i|d)\$(?:v=(?:16|19)\$)?([mtp=,\d]{1,40})\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{6,})$/.exec(
      text,
    ) ?? []
  const parameters = list.split(',').map((pair) => /^([mtp])=(\d{1,9})$/.exec(pair))
  const {
    m = 0,
    t = 0,
    p = 0,
  } = Object.fromEntries(parameters.map((found) => [found?.[1], Number(found?.[2])])) as Record<
    string,
    number
  >
  const isComplete = parameters.length === 3 && parameters.every((found) => found !== null)
  return (
    isComplete &&
    m >= 8 * p &&
    m <= mostMemory &&
    t >= 1 &&
    t <= 1000 &&
    p >= 1 &&
    p <= 255 &&
    Buffer.from(salt, 'base64').length >= 8 &&
    Buffer.from(digest, 'base64').length >= 4
  )
}
