import type { History, Operation, Violation } from './history.ts'

/** A login is taken with the password that the user has, and with no other. */
export function checkPasswords({ operations }: History): Violation[] {
  const theirs = new Map<string, Operation[]>()
  for (const operation of operations) {
    if (operation.user === undefined) continue
    const known = theirs.get(operation.user)
    if (known) known.push(operation)
    else theirs.set(operation.user, [operation])
  }
  return [...theirs.values()].flatMap(checkUser)
}

function checkUser(operations: readonly Operation[]): Violation[] {
  const changes = operations.filter(
    ({ kind, outcome }) => kind === 'change password' && outcome !== 'refused',
  )
  const standings = operations.filter(
    ({ kind, outcome }) => (kind === 'deactivate' || kind === 'activate') && outcome !== 'refused',
  )
  const logins = operations.filter(({ kind, outcome }) => kind === 'login' && outcome !== 'unknown')
  return logins.flatMap((login): Violation[] => {
    const { password = '', outcome, landed, user, detail } = login
    const said = (message: string) => [
      { rule: 'the password decides', message, session: landed ?? '', operations: [login] },
    ]
    const possible = passwordsAt(login, changes)
    if (possible === null) return []
    if (outcome === 'done' && !possible.has(password))
      return said(`${user} signed in with a password that was replaced.`)
    const isAlone = possible.size === 1 && possible.has(password)
    if (detail?.startsWith('INVALID_CREDENTIALS') && isAlone && isSurelyActive(login, standings))
      return said(`${user} was refused with the right password.`)
    return []
  })
}

/** Which passwords may be the user's while `login` runs; null where none is known. Changes come one after another. */
function passwordsAt(login: Operation, changes: readonly Operation[]): Set<string> | null {
  const before = changes.filter(
    ({ outcome, answered }) => outcome === 'done' && answered !== null && answered < login.sent,
  )
  const last = before.at(-1)
  const since = changes.filter((each) => {
    const isLater = last === undefined || each.sent > last.sent
    return isLater && each !== last && each.sent < (login.answered ?? Infinity)
  })
  const first = last?.password ?? initialPassword
  return new Set([first, ...since.map(({ password = '' }) => password)])
}

/** What every user of a run begins with. */
export const initialPassword = 'the first password of all'

function isSurelyActive(login: Operation, standings: readonly Operation[]): boolean {
  const isAtOnce = standings.some(
    ({ sent, answered }) =>
      sent < (login.answered ?? Infinity) && (answered === null || answered > login.sent),
  )
  const last = standings.filter(({ answered }) => (answered ?? Infinity) < login.sent).at(-1)
  return !isAtOnce && (last === undefined || last.kind === 'activate')
}
