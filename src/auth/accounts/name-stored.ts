import { shortageOf } from '../../failures.ts'
import { SessionInterrupted, SessionStoreUnavailable } from '../../refusals.ts'

/**
 * The error of a change that fails once a part of it is stored, which the sentence `says`: a caller who takes it for undone
 * would try the old password, or make the account again. A fault stays as it is.
 */
export function nameStored(error: unknown, says: string): unknown {
  if (error instanceof SessionInterrupted)
    return new SessionInterrupted(`The session ended meanwhile. ${says}`)
  return shortageOf(error) ? new SessionStoreUnavailable(error, { isOpen: true, says }) : error
}
