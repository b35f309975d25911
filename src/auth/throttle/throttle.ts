import { createHmac } from 'node:crypto'
import type { Database } from '../../database/database.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import { createAttemptCounter } from './attempts.ts'
import type { Allowance, Charge, Counted } from './attempts.ts'
import { networkOf } from './network.ts'
import { createTurns } from './turns.ts'
import { AddressTaken, InvalidInput, Refusal, TooManyAttempts } from '../../refusals.ts'
import { usernameKey } from '../users/username.ts'

/** The account whose password a caller tries, as they typed it, and the address; null where that is not known. */
export interface Attempt {
  readonly account: string
  readonly address: string | null
}

/**
 * Slows down callers who try passwords. It charges every attempt before its work begins, so that attempts at once count like
 * attempts in a row. While a delay runs, both methods throw `TooManyAttempts`, which does not prolong the delay. They throw
 * `SessionStoreUnavailable` where they cannot count: no caller gets past uncounted.
 */
export interface Throttle {
  /**
   * Checks a password in `work`. Success clears the account's count at this address. A refusal stays charged, except
   * `InvalidInput`: like a fault, it does not mean a wrong password.
   */
  guard<Result>(attempt: Attempt, work: () => Promise<Result>): Promise<Result>
  /** Makes an account in `work`. Stays charged, even after success, unless `work` throws `InvalidInput` or a fault. */
  guardRegistration<Result>(address: string | null, work: () => Promise<Result>): Promise<Result>
}

/** How the throttle is set up. */
export interface ThrottleOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly database: Dependency
  /** Makes the keys unreadable: an attacker must not guess from them a password that was typed into the wrong field. */
  readonly secretKey: string
}

const minute = 60_000

/** For one person: five attempts an hour without delay, then some four an hour. */
const perAccount: Allowance = {
  free: 5,
  window: 60 * minute,
  calm: 15 * minute,
  longestDelay: 15 * minute,
}

/**
 * For a whole office, or a country behind one translated address: other people there wait for seconds, never minutes. That
 * leaves a guesser some nine hundred attempts an hour over all accounts, and four at each.
 */
const perAddress: Allowance = {
  free: 50,
  window: 60 * minute,
  calm: minute,
  longestDelay: 4_000,
}

/** For a class or a conference: a hundred an hour without delay, taken names included, then four a minute. */
const perRegistration: Allowance = {
  free: 100,
  window: 60 * minute,
  calm: minute,
  longestDelay: 15_000,
}

/** The throttle in the Attempt table, for all processes on one database and SECRET_KEY. */
export function createThrottle(
  db: Database,
  { now, database, secretKey }: ThrottleOptions,
): Throttle {
  const counter = createAttemptCounter(db, now)
  const inTurn = createTurns()

  return {
    async guard({ account, address }, work) {
      const network = networkOf(address)
      const charges = await takeBoth(
        counted(perAccount, 'account', usernameKey(account), network),
        counted(perAddress, 'address', network),
      )
      const result = await unlessUndone(charges, work)
      const [byAccount, byAddress] = charges
      // Other failures at this address stay counted: a login to an attacker's own account must not buy attempts at other
      // accounts.
      await database.call(() => counter.undoAndClear(byAddress, byAccount))
      return result
    },

    async guardRegistration(address, work) {
      const registration = counted(perRegistration, 'registration', networkOf(address))
      const charge = await takeOne(registration)
      return unlessUndone([charge], work)
    },
  }

  function counted(allowance: Allowance, kind: string, ...parts: string[]): Counted {
    const content = JSON.stringify(['attempt', kind, ...parts])
    return {
      allowance,
      key: `${kind}:${createHmac('sha256', secretKey).update(content).digest('base64url')}`,
    }
  }

  async function takeOne(one: Counted): Promise<Charge> {
    return orRefuse(await inTurn(one.key, () => lookAndCharge(one)))
  }

  async function lookAndCharge(one: Counted): Promise<Charge | number> {
    const wait = await database.call(() => counter.wait([one]))
    return wait > 0 ? wait : database.call(() => counter.charge(one))
  }

  /** Charges both keys, or none. */
  async function takeBoth(one: Counted, other: Counted): Promise<[Charge, Charge]> {
    const charges = await inTurn<[Charge, Charge]>(one.key, async () => {
      const free = await database.call(() => counter.chargeFree(one, other))
      if (free[0] === null && free[1] === null) {
        const wait = await database.call(() => counter.wait([one, other]))
        if (wait > 0) return wait
      }
      const first = free[0] ?? (await database.call(() => counter.charge(one)))
      if (typeof first === 'number') return waitInstead(first, free[1])
      const second =
        free[1] ?? (await inTurn(other.key, () => database.call(() => counter.charge(other))))
      if (typeof second === 'number') return waitInstead(second, first)
      return [first, second]
    })
    return orRefuse(charges)
  }

  async function waitInstead(wait: number, charged: Charge | null): Promise<number> {
    if (charged) await undoAll([charged])
    return wait
  }

  async function unlessUndone<Result>(
    charges: readonly Charge[],
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      // Finding out which addresses have an account counts as a guess.
      const isSlip = error instanceof InvalidInput && !(error instanceof AddressTaken)
      const isWrong = error instanceof Refusal && !isSlip
      // Where the database is down, the error says so already.
      if (!isWrong) await undoAll(charges).catch(() => {})
      throw error
    }
  }

  async function undoAll(charges: readonly Charge[]): Promise<void> {
    await database.call(() => Promise.all(charges.map((charge) => counter.undo(charge))))
  }
}

function orRefuse<Charged extends object>(charged: Charged | number): Charged {
  if (typeof charged !== 'number') return charged
  throw new TooManyAttempts(Math.max(1, Math.ceil(charged / 1000)))
}
