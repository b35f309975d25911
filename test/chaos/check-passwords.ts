import { isBefore } from './history.ts'
import type { History, Operation, Violation } from './history.ts'
import { lateness } from './unanswered.ts'

/** A login is taken with the password that the user has, and with no other, and while the user is active. */
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
  const logins = operations.filter(({ kind, outcome }) => kind === 'login' && outcome !== 'unknown')
  const all = operations.filter(({ kind }) => kind === 'change password')
  const betrayed = all.filter(({ outcome }) => outcome === 'refused').flatMap(used)
  const known = new Set(betrayed.map(({ change }) => change))
  const changes = all.filter((each) => each.outcome !== 'refused' || known.has(each))
  const standings = operations.filter(
    ({ kind, outcome }) => (kind === 'deactivate' || kind === 'activate') && outcome !== 'refused',
  )
  const lives = livesOf(changes, logins)
  return [...betrayed.map(isStored), ...logins.flatMap(judge)]

  /** A refused change whose password opens the account all the same. */
  function used(change: Operation): { change: Operation; by: Operation }[] {
    const by = logins.find(
      ({ outcome, password, answered, sent }) =>
        outcome === 'done' && password === change.password && (answered ?? sent) > change.sent,
    )
    return by ? [{ change, by }] : []
  }

  function judge(login: Operation): Violation[] {
    const { password = '', outcome, landed, user, detail } = login
    const said = (rule: string, message: string) => [
      { rule, message, session: landed ?? '', operations: [login] },
    ]
    const possible = passwordsAt(login, changes, lives)
    if (outcome === 'done' && !possible.has(password))
      return said('the password decides', `${user} signed in with a password that was replaced.`)
    const standing = standingAt(login, standings)
    if (outcome === 'done' && standing === 'deactivate')
      return said('who is deactivated stays out', `${user} was deactivated, and signed in.`)
    const isAlone = possible.size === 1 && possible.has(password)
    if (detail?.startsWith('INVALID_CREDENTIALS') && isAlone && standing === 'activate')
      return said('the password decides', `${user} was refused with the right password.`)
    return []
  }
}

function isStored({ change, by }: { change: Operation; by: Operation }): Violation {
  const message = `A change of password was answered as failed (${change.detail}), and its password opens the account.`
  const rule = 'what is refused is not stored'
  return { rule, message, session: change.session ?? '', operations: [change, by] }
}

/** Which passwords may be the user's while `login` runs. Changes come one after another. */
function passwordsAt(
  login: Operation,
  changes: readonly Operation[],
  lives: ReadonlyMap<string, number>,
): Set<string> {
  const before = changes.filter(
    ({ outcome, answered }) => outcome === 'done' && answered !== null && answered < login.sent,
  )
  const last = before.at(-1)
  const since = changes.filter((each) => {
    const isLater = last === undefined || each.sent > last.sent
    return isLater && each !== last && each.sent < (login.answered ?? Infinity)
  })
  const first = last?.password ?? initialPassword
  const possible = [first, ...since.map(({ password = '' }) => password)]
  return new Set(possible.filter((password) => (lives.get(password) ?? Infinity) >= login.sent))
}

/**
 * Until when each password may be the user's, as logins prove it. A change that was not answered is carried out within a minute, and
 * before the first login with its password is answered. A user who signs in with another one after that shows it gone.
 */
function livesOf(
  changes: readonly Operation[],
  logins: readonly Operation[],
): ReadonlyMap<string, number> {
  const proofs = logins.filter(({ outcome }) => outcome === 'done')
  const firstOf = (found: readonly Operation[]) =>
    Math.min(...found.map(({ answered }) => answered ?? Infinity))
  const lifeOf = (password: string, change?: Operation) => {
    const proven = firstOf(proofs.filter((each) => each.password === password))
    const set = change ? Math.min(doneBy(change), proven) : 0
    return firstOf(proofs.filter((each) => each.password !== password && each.sent > set))
  }
  return new Map([
    [initialPassword, lifeOf(initialPassword)],
    ...changes.map((each) => [each.password ?? '', lifeOf(each.password ?? '', each)] as const),
  ])
}

/** When it was done at the latest, if it was. */
const doneBy = ({ outcome, answered, sent }: Operation) =>
  outcome === 'done' && answered !== null ? answered : sent + lateness

/** What every user of a run begins with. */
export const initialPassword = 'the first password of all'

/** Whether the user is active while `login` runs, by the name of what made it so; null where it is not known. */
function standingAt(
  login: Operation,
  standings: readonly Operation[],
): 'activate' | 'deactivate' | null {
  const isAtOnce = standings.some(
    ({ sent, answered }) =>
      sent < (login.answered ?? Infinity) && (answered ?? sent + lateness) > login.sent,
  )
  if (isAtOnce) return null
  const before = standings.filter(({ sent }) => sent < login.sent)
  const last = before.at(-1)
  if (last === undefined) return 'activate'
  const isKnown =
    last.outcome === 'done' && before.every((each) => each === last || isSettled(each, last))
  return isKnown && last.kind === 'deactivate' ? 'deactivate' : isKnown ? 'activate' : null
}

/** Was it over, one way or the other, before `next` began? Where both make the user the same, that is of no account. */
function isSettled(each: Operation, next: Operation): boolean {
  const isOver =
    isBefore(each, next) || (each.answered === null && each.sent + lateness < next.sent)
  return isOver || each.kind === next.kind
}
