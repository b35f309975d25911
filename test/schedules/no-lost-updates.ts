import type { SessionKey } from '../../src/session/key.ts'
import { isDone, nameOf } from './aftermath.ts'
import type { Aftermath } from './aftermath.ts'
import { endsTheVisitor } from './operations.ts'
import type { Report } from './story.ts'

/** Whatever was acknowledged is in the session that it was written to, wherever that has moved to, while it lives. */
export function marksAreKept(aftermath: Aftermath): string[] {
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
export function nothingEndsByItself(aftermath: Aftermath): string[] {
  const { world, reports, opened, expired } = aftermath
  if (isKilledBehindTheMove(aftermath)) return []
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
 * Was a process killed when the record under the old key had ended, and before its answer? Then the visitor does not learn the
 * new key. This is the one loss that a change of key admits: no order of its steps leaves none.
 */
function isKilledBehindTheMove({ reports, story }: Aftermath): boolean {
  const killed = reports.find(({ outcome }) => outcome === 'killed')
  const last = story.findLast(({ by }) => by === killed?.by)
  return last !== undefined && /delete\w* of the visitor's session$/.test(last.what)
}

/**
 * A late answer does not give a browser that is signed in the cookie of a guest, or of nothing. (A key whose session was
 * ended from outside names nothing: what comes under it later is a guest's, and its answer may come last.)
 */
export function noGuestTakesThePlace({ reports, opened, expired }: Aftermath): string[] {
  const isFromOutside = ({ operation, from }: Report) =>
    from !== 'browser' && endsTheVisitor(operation)
  if (expired.length > 0 || reports.some(isFromOutside)) return []
  const isLoggedOut = reports.some(({ operation }) => endsTheVisitor(operation))
  return reports.flatMap(({ by, sent, replaced, cookie, operation }) => {
    if (replaced === null || cookie === null || cookie === 'clear') return []
    if (cookie === sent || endsTheVisitor(operation)) return []
    // What a login sets is no guest's cookie. A logout has ended that session since, under this key or the one before.
    if (isLoggedOut && / login/.test(by)) return []
    const isSignedIn = (key: SessionKey) => opened.get(key)?.userId != null
    return isSignedIn(replaced) && !isSignedIn(cookie)
      ? [`The answer to ${by} takes away the cookie of a session that is signed in.`]
      : []
  })
}
