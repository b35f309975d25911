import { initialPassword } from './check-passwords.ts'
import { check } from './checker.ts'
import type { History, Operation, Sight } from './history.ts'

/** Operations one after another, each a millisecond after the one before is answered, save where `during` says otherwise. */
export function tell() {
  const operations: Operation[] = []
  let now = 0
  const add = (operation: Partial<Operation> & Pick<Operation, 'kind'>): Operation => {
    const [sent, answered] = [now + 1, now + 2]
    now += 2
    const { session = null } = operation
    const done = { id: operations.length + 1, process: 0, sent, answered, outcome: 'done' as const }
    const whole: Operation = { ...done, session, landed: session, ...operation }
    operations.push(whole)
    return whole
  }
  return {
    operations,
    /** Lets time pass. */
    wait: (milliseconds: number) => void (now += milliseconds),
    now: () => now,
    add,
    login: (landed: string, user: string, more: Partial<Operation> = {}) =>
      add({ kind: 'login', landed, user, password: initialPassword, ...more }),
    write: (session: string | null, more: Partial<Operation> = {}) =>
      add({ kind: 'write', session, landed: session, ...more }),
    read: (session: string, sight: Partial<Sight>, more: Partial<Operation> = {}) =>
      add({ kind: 'read', session, sight: { id: session, lines: [], ...sight }, ...more }),
    over: (session: string, reason: string | null = null, more: Partial<Operation> = {}) =>
      add({ kind: 'read', session, sight: { id: null, user: null, lines: [], reason }, ...more }),
  }
}

/** What a cart shows that has these writes in it, once each. */
export const lines = (...writes: Operation[]) => writes.map(({ id }) => [id, 1] as const)

/** Which rules the checker finds broken. */
export function rulesOf(
  { operations }: Pick<History, 'operations'>,
  more: Partial<History> = {},
): string[] {
  const nothing = { streams: [], faults: [], keepsRecords: true, hasRows: true }
  const history = { ...nothing, operations, age: 1_000_000, healed: 0, recheck: 1000, ...more }
  return check(history).map(({ rule }) => rule)
}
