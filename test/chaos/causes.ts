import type { SessionFacts } from './facts.ts'
import { isBefore } from './history.ts'
import type { Fault, History, Operation } from './history.ts'
import { lateness } from './unanswered.ts'

/** What the processes' clock and ours may be apart, and what rounding takes, in milliseconds. */
const slack = 250

/** Why a session may be over. */
export interface Cause {
  readonly reason: string
  readonly by: Operation | Fault
}

/** How a session is looked at: without what `except` did, and under the cookie `copy`, where cookies carry sessions. */
export interface Aspect {
  readonly except?: Operation
  readonly copy?: string | undefined
}

/**
 * How the answer to `by` looks at its session. One that only reads sees what its own cookie carries. A write goes by the newest
 * cookie of its process, which another tab may have been given while it waited there.
 */
export function aspectOf(by: Operation): Aspect {
  return { except: by, ...(by.kind === 'read' && { copy: by.copy }) }
}

/** Why a session may be over at `time`. */
export function causesOf(
  facts: SessionFacts,
  history: History,
  time: number,
  { except, copy }: Aspect = {},
): Cause[] {
  const ends = facts.ends
    .filter(({ by, until }) => by.sent < time && time <= until && by !== except)
    .map(({ reason, by }): Cause => ({ reason, by }))
  const expired = mayHaveExpired(facts, history, time, copy)
    ? [{ reason: 'EXPIRED', by: facts.created }]
    : []
  const lost = lossesBefore(facts, history, time).map((by) => ({ reason: 'LOST', by }))
  return [...ends, ...expired, ...lost]
}

/** The faults by which its store may have lost it before `time`. What was open after one was not lost by it. */
export function lossesBefore(facts: SessionFacts, { faults }: History, time: number): Fault[] {
  return losses(faults)
    .filter(({ from, to }) => facts.created.sent < to && from < time)
    .filter(({ to }) => !facts.open.some(({ sent }) => to < sent && sent < time))
}

const lossesOf = new WeakMap<readonly Fault[], readonly Fault[]>()

/** The faults by which a store loses what it has. An hour has more than a thousand faults, and few of those. */
function losses(faults: readonly Fault[]): readonly Fault[] {
  const known = lossesOf.get(faults) ?? faults.filter(({ loses }) => loses)
  lossesOf.set(faults, known)
  return known
}

/** The same without what came too late: an acknowledged end was before it. */
export function firstCausesOf(
  facts: SessionFacts,
  history: History,
  time: number,
  aspect: Aspect = {},
): Cause[] {
  const settled = facts.ends
    .filter(({ by, isSettled }) => isSettled && by !== aspect.except)
    .map(({ by }) => by)
  const isLate = ({ reason, by }: Cause) =>
    'outcome' in by && reason !== 'EXPIRED' && settled.some((end) => isBefore(end, by))
  return causesOf(facts, history, time, aspect).filter((cause) => !isLate(cause))
}

/** May the session have expired at `time`, under the cookie `copy` where cookies carry sessions? */
export function mayHaveExpired(
  facts: SessionFacts,
  history: History,
  time: number,
  copy?: string,
): boolean {
  return time >= earliestExpiry(facts, history, time, copy)
}

/** When it may have expired at the earliest, as far as was known at `time`: activity is written down by tenths of the age. */
function earliestExpiry(
  facts: SessionFacts,
  { age }: History,
  time: number,
  copy?: string,
): number {
  const carried = copy === undefined ? undefined : facts.copies.get(copy)
  if (carried) return carried.by.sent + 0.9 * carried.leastAge - slack
  const ages = ageChanges(facts).filter((each) => each.sent < time && !isDisproven(each, facts))
  const least = Math.min(age, ...ages.map((each) => each.age ?? age))
  const last = facts.alive
    .filter(({ by }) => by.answered !== null && by.answered < time)
    .reduce((latest, { by }) => Math.max(latest, by.sent), facts.created.sent)
  return last + 0.9 * least - slack
}

/** Was the session open when the age would have been over that `change` set, had the change been done? No answer said that it was. */
function isDisproven({ sent, answered, age }: Operation, facts: SessionFacts): boolean {
  if (answered !== null || age === undefined) return false
  const late = sent + lateness
  return facts.open.some((by) => {
    if (by.sent <= late + age) return false
    const touches = [facts.created, ...facts.operations].filter(
      (each) => each !== by && each.sent < by.sent,
    )
    const last = Math.max(late, ...touches.map((each) => each.answered ?? each.sent + lateness))
    return by.sent > last + age + slack
  })
}

/**
 * When it has expired at the latest, had nothing been asked after the operations before `time`; infinite where an operation
 * without an answer may still keep it alive. Where cookies carry sessions, each has an end of its own, that of `copy`.
 */
export function latestExpiry(
  facts: SessionFacts,
  { age, keepsRecords }: History,
  time: number,
  copy?: string,
): number {
  if (!keepsRecords) {
    const carried = copy === undefined ? undefined : facts.copies.get(copy)
    return carried ? (carried.by.answered ?? Infinity) + carried.mostAge + slack : Infinity
  }
  const before = facts.operations.filter(({ sent }) => sent < time)
  const changes = ageChanges(facts)
  const settled = changes.filter(({ answered }) => answered !== null && answered < time)
  const most = settled.length > 0 ? Math.max(...changes.map((each) => each.age ?? age)) : age
  const touches = [facts.created, ...before].map(({ answered }) => answered ?? Infinity)
  return Math.max(...touches) + most + slack
}

/** The changes of its age, of itself and of what it took over. One may have begun the session, where that before was over. */
function ageChanges(facts: SessionFacts): Operation[] {
  const own = [facts.created, ...facts.operations].filter(
    ({ kind, outcome }) => kind === 'expire' && outcome !== 'refused',
  )
  return facts.parent ? [...ageChanges(facts.parent), ...own] : own
}
