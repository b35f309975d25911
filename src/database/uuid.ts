import { randomInt, randomUUID } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562, section 5.7), as Prisma makes them for what it stores itself: it begins with the time, in
 * milliseconds since 1970, so that the newest row of a table is the last one of its index.
 */
export type CreateUuid = (at?: number) => string

/**
 * Gives a function that makes UUIDs, each greater than the one before, even within one millisecond or after the clock was set
 * back. The 12 bits after the version count up from a random start (RFC 9562, section 6.2, method 1). So rows that are sorted by
 * time and then by id are in the order of their making.
 */
export function createUuids(): CreateUuid {
  let time = 0
  let count = 0

  return (at = Date.now()) => {
    if (at > time) {
      time = at
      count = randomInt(mostToBegin)
    } else if (++count > mostOfCount) {
      time += 1
      count = 0
    }
    const milliseconds = time.toString(16).padStart(12, '0')
    const counted = count.toString(16).padStart(3, '0')
    return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7${counted}${randomUUID().slice(18)}`
  }
}

const mostOfCount = 0xfff
/** Half of what fits, so that there is room to count. */
const mostToBegin = 0x800
