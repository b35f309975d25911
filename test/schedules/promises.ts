import { idOf } from '../../src/session/key.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { endsTheVisitor } from './operations.ts'
import type { Operation } from './operations.ts'
import type { Played, Report } from './story.ts'
import { open, signedIn } from './world.ts'
import type { Opened } from './world.ts'

/** A promise that a schedule has broken, and how. */
export interface Broken {
  readonly promise: Promised
  readonly how: string
}

/** The promises that every schedule is held to. */
export type Promised =
  | 'ended means ended'
  | 'no lost updates'
  | 'an unexpected error commits nothing'
  | 'a new key at every change of privilege'

/** What a schedule has left behind. */
interface Aftermath extends Played {
  /** What every key opens that was ever in a cookie. */
  readonly opened: ReadonlyMap<SessionKey, Opened>
  /** All sessions that would open, signed in. */
  readonly signedIn: readonly { readonly id: string; readonly userId: string }[]
}

/** The promises that `played` breaks. Looks at what is left with new requests, to which nothing happens any more. */
export async function brokenBy(played: Played): Promise<Broken[]> {
  const { world, reports } = played
  const keys = [
    world.first.browser,
    ...reports.flatMap(({ sent, cookie }) => [sent, cookie === 'clear' ? null : cookie]),
  ].filter((key) => key !== null)
  const opened = new Map<SessionKey, Opened>()
  for (const key of new Set(keys)) opened.set(key, await open(world, key))
  const isAsked = reports.some(
    ({ outcome, operation }) => outcome === 'failed' || endsMany(operation),
  )
  const aftermath = { ...played, opened, signedIn: isAsked ? await signedIn(world) : [] }
  return checks.flatMap(([promise, check]) => check(aftermath).map((how) => ({ promise, how })))
}

const checks: readonly (readonly [Promised, (aftermath: Aftermath) => string[]])[] = [
  ['ended means ended', whatWasEndedIsOver],
  ['ended means ended', whatWasEndedIsNotCarriedOn],
  ['ended means ended', whatExpiredIsOver],
  ['ended means ended', whatWasEndedIsNotSeen],
  ['ended means ended', usersStayOut],
  ['no lost updates', marksAreKept],
  ['no lost updates', nothingEndsByItself],
  ['no lost updates', noGuestTakesThePlace],
  ['an unexpected error commits nothing', failuresLeaveNothing],
  ['an unexpected error commits nothing', failuresKeepTheSession],
  ['a new key at every change of privilege', theOldKeyOpensNothing],
  ['a new key at every change of privilege', othersStartEmpty],
  ['a new key at every change of privilege', keysAreIssued],
]

/** The sessions whose end was acknowledged, and by what. */
function endsOf({ world, reports }: Aftermath): { id: string; end: Report }[] {
  return reports.filter(isDone).flatMap((end) => {
    const { operation, sent, result } = end
    if (Array.isArray(result)) return (result as string[]).map((id) => ({ id, end }))
    if (operation.ends === 'the visitor') return sent === null ? [] : [{ id: idOf(sent), end }]
    const { browser } = world.first
    return endsTheVisitor(operation) && browser ? [{ id: idOf(browser), end }] : []
  })
}

function whatWasEndedIsOver(aftermath: Aftermath): string[] {
  const sessions = [...aftermath.opened.values()]
  return endsOf(aftermath).flatMap(({ id, end }) =>
    sessions.some((session) => session.id === id)
      ? [`${end.by} has ended ${nameOf(aftermath, id)}, and it opens.`]
      : [],
  )
}

/** Where staff or a change of password say which sessions they have ended, no other session goes on with what was in them. */
function whatWasEndedIsNotCarriedOn(aftermath: Aftermath): string[] {
  const { browser } = aftermath.world.first
  const end = aftermath.reports.filter(isDone).find(({ result }) => {
    return Array.isArray(result) && browser !== null && result.includes(idOf(browser))
  })
  return [...aftermath.opened.values()]
    .filter(({ values }) => end && values['origin'] === 'browser')
    .map(({ id }) => `What ${end?.by} has ended goes on in ${nameOf(aftermath, String(id))}.`)
}

function whatExpiredIsOver(aftermath: Aftermath): string[] {
  const ids = [...aftermath.opened.values()].map((session) => session.id)
  return aftermath.expired
    .filter((id) => ids.includes(id))
    .map((id) => `${nameOf(aftermath, id)} had expired, and opens.`)
}

/** Nothing that comes after the acknowledgement finds the session. */
function whatWasEndedIsNotSeen(aftermath: Aftermath): string[] {
  return endsOf(aftermath).flatMap(({ id, end }) =>
    aftermath.reports
      .filter(({ sent, arrived, sees }) => {
        const isLater = arrived > end.answered && sent !== null && idOf(sent) === id
        return isLater && sees?.values['origin'] !== undefined
      })
      .map(({ by }) => `${by} came after ${end.by}, and found ${nameOf(aftermath, id)}.`),
  )
}

/** A user who was deactivated is nowhere. One whose password was changed is where that was done, and nowhere else. */
function usersStayOut(aftermath: Aftermath): string[] {
  return aftermath.reports.filter(isDone).flatMap(({ by, operation, sent, cookie, result }) => {
    if (!endsMany(operation)) return []
    const userId = Array.isArray(result) ? 'ada' : result
    const own = cookie === null || cookie === 'clear' ? sent : cookie
    return aftermath.signedIn
      .filter((session) => session.userId === userId && !(own && idOf(own) === session.id))
      .map(
        ({ id }) => `In spite of ${by}, ${String(userId)} is signed in: ${nameOf(aftermath, id)}.`,
      )
  })
}

/** Whatever was acknowledged is in the session that it was written to, wherever that has moved to, while it lives. */
function marksAreKept(aftermath: Aftermath): string[] {
  const { reports, opened } = aftermath
  const sessions = [...opened.values()].filter(({ id }) => id !== null)
  return reports.filter(isDone).flatMap(({ by, sees }) => {
    if (!sees?.values[by]) return []
    const { origin } = sees.values
    return sessions
      .filter(({ values }) => origin !== undefined && values['origin'] === origin && !values[by])
      .map(({ id }) => `What ${by} has stored is not in ${nameOf(aftermath, String(id))}.`)
  })
}

/**
 * Where no request and no time ends the visitor's session, it lives, and the browser ends up with it. One exception: of
 * two logins at once, the second finds the session gone, and the credentials that it has proven open an empty one.
 */
function nothingEndsByItself({ world, reports, opened, expired }: Aftermath): string[] {
  if (expired.length > 0 || reports.some(({ operation }) => endsTheVisitor(operation))) return []
  if (!reports.some(({ from }) => from === 'browser')) return []
  const { browser } = world.cookies
  const isOpen = [...opened.values()].some(({ values }) => values['origin'] === 'browser')
  const hasIt = browser !== null && opened.get(browser)?.values['origin'] === 'browser'
  const isLogin = reports.some(({ by, cookie }) => by.endsWith(' login') && cookie === browser)
  return isOpen && (hasIt || isLogin)
    ? []
    : ['The visitor has lost a session that nothing has ended.']
}

/**
 * A late answer does not give a browser that is signed in the cookie of a guest, or of nothing. (A key whose session was
 * ended from outside names nothing: what comes under it later is a guest's, and its answer may come last.)
 */
function noGuestTakesThePlace({ reports, opened, expired }: Aftermath): string[] {
  const isFromOutside = ({ operation, from }: Report) =>
    from !== 'browser' && endsTheVisitor(operation)
  if (expired.length > 0 || reports.some(isFromOutside)) return []
  return reports.flatMap(({ by, sent, replaced, cookie, operation }) => {
    if (replaced === null || cookie === null || cookie === 'clear') return []
    if (cookie === sent || endsTheVisitor(operation)) return []
    const isSignedIn = (key: SessionKey) => opened.get(key)?.userId != null
    return isSignedIn(replaced) && !isSignedIn(cookie)
      ? [`The answer to ${by} takes away the cookie of a session that is signed in.`]
      : []
  })
}

function failuresLeaveNothing(aftermath: Aftermath): string[] {
  const { reports, opened, signedIn } = aftermath
  const held = [...opened.keys(), ...Object.values(aftermath.world.first)]
  const ids = new Set(held.flatMap((key) => (key === null ? [] : [idOf(key) as string])))
  return reports
    .filter(({ outcome }) => outcome === 'failed')
    .flatMap(({ by }) => [
      ...[...opened.values()]
        .filter(({ values }) => values[by])
        .map(({ id }) => `${by} has failed, and is stored in ${nameOf(aftermath, String(id))}.`),
      ...signedIn
        .filter(({ id }) => !ids.has(id))
        .map(
          ({ id, userId }) =>
            `${userId} is signed in with ${nameOf(aftermath, id)}, whose key nobody has.`,
        ),
    ])
}

/** Where nothing else happens, a request that fails leaves the visitor the session as it was, unless to end it was its purpose. */
function failuresKeepTheSession({ reports, opened, expired }: Aftermath): string[] {
  const [only, another] = reports
  if (only?.outcome !== 'failed' || another || expired.length > 0 || only.sent === null) return []
  if (endsTheVisitor(only.operation)) return []
  return only.from === 'browser' && opened.get(only.sent)?.values['origin'] !== 'browser'
    ? [`${only.by} has failed, and the session that it came with is gone.`]
    : []
}

function theOldKeyOpensNothing({ reports, opened }: Aftermath): string[] {
  return reports.filter(isDone).flatMap(({ by, sent, cookie }) => {
    if (!/login|logout|change of password/.test(by) || sent === null) return []
    return [
      ...(cookie === sent ? [`${by} has left the key as it was.`] : []),
      ...(opened.get(sent)?.id != null ? [`After ${by}, the old key opens a session.`] : []),
    ]
  })
}

/** What was one user's is not another's. */
function othersStartEmpty({ opened, world }: Aftermath): string[] {
  const users = new Map<unknown, Set<string>>()
  if (world.start === 'ada') users.set('browser', new Set(['ada']))
  for (const { userId, values } of opened.values()) {
    const owners = users.get(values['origin']) ?? new Set()
    if (userId !== null) users.set(values['origin'], owners.add(userId))
  }
  users.delete(undefined)
  return [...users].flatMap(([origin, owners]) =>
    owners.size > 1
      ? [`What was stored from the ${origin} is with ${[...owners].join(' and ')}.`]
      : [],
  )
}

function keysAreIssued({ world, reports, opened }: Aftermath): string[] {
  const { stranger } = world.first
  if (stranger === null) return []
  return [
    ...(opened.get(stranger)?.id != null
      ? ['A key that the server never issued opens a session.']
      : []),
    ...reports
      .filter(({ cookie }) => cookie === stranger)
      .map(({ by }) => `The answer to ${by} sets a key that the server never issued.`),
  ]
}

function nameOf({ world }: Aftermath, id: string): string {
  return world.scheduler.nameOf(id, 'nothing that is known')
}

function endsMany({ ends }: Operation): boolean {
  return ends === 'all' || ends === 'the others'
}

function isDone({ outcome }: Report): boolean {
  return outcome === 'done'
}
