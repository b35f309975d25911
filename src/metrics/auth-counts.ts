import { authEventTypes } from '../auth/audit/auth-event.ts'
import type { AuthEvent } from '../auth/audit/auth-event.ts'
import { sessionEndReasons } from '../auth/roster/why-ended.ts'
import type { SessionEndReason } from '../auth/roster/why-ended.ts'
import type { Throttle } from '../auth/throttle/throttle.ts'
import { TooManyAttempts } from '../refusals.ts'
import { ofSessions } from './catalogue-of-sessions.ts'
import { ofTraffic } from './catalogue-of-traffic.ts'
import type { Counter } from './cells.ts'
import type { Declared } from './declared.ts'
import type { Registry } from './registry.ts'

/** Counts what happens to accounts and sessions. */
export interface AuthCounts {
  /** It has happened, whether the audit stores it or not. */
  event(type: AuthEvent['type']): void
  /** A login was refused that the audit is not told of. */
  refused(): void
  /** The audit has stored an event. */
  stored(type: AuthEvent['type']): void
  /** So many sessions were ended by a process, or had expired when it removed them. */
  ended(reason: SessionEndReason, count: number): void
  /** A guest's session began. */
  started(): void
  /** A login has taken the place of a session of a guest or of the same user. */
  replaced(): void
  /** So many things whose time was over were removed. */
  cleared(count: number): void
  /** A change was applied once more, to what another process had written. */
  replayed(): void
  /** A request came with cookies of the session's name, none of which this server can have made. */
  foreign(): void
  /** The same throttle, whose refusals are counted. */
  watchThrottle(throttle: Throttle): Throttle
}

/** Shows all of them from the start, with 0: a rate begins with the first event, and not with the second. */
export function countAuth(registry: Registry): AuthCounts {
  const cells = <Name extends string>(declared: Declared, label: string, names: readonly Name[]) =>
    Object.fromEntries(
      names.map((name) => [name, registry.counter(declared, { [label]: name })]),
    ) as Record<Name, Counter>
  const outcomes = ['success', 'refused', 'throttled'] as const
  const logins = cells(ofSessions.logins, 'outcome', outcomes)
  const events = cells(ofSessions.events, 'type', authEventTypes)
  const throttled = cells(ofSessions.throttled, 'kind', ['password', 'registration'])
  const started = cells(ofSessions.started, 'kind', ['guest', 'signed_in'])
  const ended = cells(ofSessions.ended, 'reason', sessionEndReasons)
  const cleared = registry.counter(ofSessions.cleared)
  const foreign = registry.counter(ofSessions.foreign)
  const replays = registry.counter(ofTraffic.replays)

  return {
    event(type) {
      if (type === 'LOGIN') {
        logins.success.value++
        started.signed_in.value++
      } else if (type === 'LOGIN_FAILED') logins.refused.value++
      else if (type === 'LOGIN_THROTTLED') logins.throttled.value++
    },
    refused() {
      logins.refused.value++
    },
    stored(type) {
      events[type].value++
    },
    ended(reason, count) {
      ended[reason].value += count
    },
    started() {
      started.guest.value++
    },
    replaced() {
      ended.REPLACED.value++
    },
    cleared(count) {
      cleared.value += count
    },
    replayed() {
      replays.value++
    },
    foreign() {
      foreign.value++
    },
    watchThrottle: (throttle) => ({
      ...throttle,
      guard: (attempt, work) => counted(throttled.password, () => throttle.guard(attempt, work)),
      guardRegistration: (address, work) =>
        counted(throttled.registration, () => throttle.guardRegistration(address, work)),
    }),
  }
}

async function counted<Result>(refusals: Counter, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof TooManyAttempts) refusals.value++
    throw error
  }
}
