import { promisesOfKeeping } from './promises-of-keeping.ts'
import { promisesOfRaces } from './promises-of-races.ts'
import type { StorePromise } from './store-promise.ts'

/** Everything that `SessionStore` promises. Ids are random and never used again, as in the server. */
export const storeContract: readonly StorePromise[] = [...promisesOfKeeping, ...promisesOfRaces]
