import { idOf } from '../../src/session/key.ts'
import { endsMany, isDone, nameOf } from './aftermath.ts'
import type { Aftermath } from './aftermath.ts'
import { endsTheVisitor } from './operations.ts'
import type { Report } from './story.ts'

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

/** What was ended, and acknowledged, opens nothing. */
export function whatWasEndedIsOver(aftermath: Aftermath): string[] {
  const sessions = [...aftermath.opened.values()]
  return endsOf(aftermath).flatMap(({ id, end }) =>
    sessions.some((session) => session.id === id)
      ? [`${end.by} has ended ${nameOf(aftermath, id)}, and it opens.`]
      : [],
  )
}

/** Where staff or a change of password say which sessions they have ended, no other session goes on with what was in them. */
export function whatWasEndedIsNotCarriedOn(aftermath: Aftermath): string[] {
  const { browser } = aftermath.world.first
  const end = aftermath.reports.filter(isDone).find(({ result }) => {
    return Array.isArray(result) && browser !== null && result.includes(idOf(browser))
  })
  return [...aftermath.opened.values()]
    .filter(({ values }) => end && values['origin'] === 'browser')
    .map(({ id }) => `What ${end?.by} has ended goes on in ${nameOf(aftermath, String(id))}.`)
}

/** What has expired opens nothing. */
export function whatExpiredIsOver(aftermath: Aftermath): string[] {
  const ids = [...aftermath.opened.values()].map((session) => session.id)
  return aftermath.expired
    .filter((id) => ids.includes(id))
    .map((id) => `${nameOf(aftermath, id)} had expired, and opens.`)
}

/** Nothing that comes after the acknowledgement finds the session. */
export function whatWasEndedIsNotSeen(aftermath: Aftermath): string[] {
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
export function usersStayOut(aftermath: Aftermath): string[] {
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

/** No record lives longer than its row, at no moment: what ends living sessions would pass over it. */
export function noRecordOutlivesItsRow(aftermath: Aftermath): string[] {
  return aftermath.outlived.map(
    (id) => `For a moment, the record of ${nameOf(aftermath, id)} could outlive its row.`,
  )
}

/**
 * A row says when its session expires: as its record does, wherever that is. Otherwise what ends living sessions would not find
 * it, or a stream would find no reason. Unless a call failed: then the next write puts it right.
 */
export function rowsExpireWithTheirRecords(aftermath: Aftermath): string[] {
  const { world, schedule } = aftermath
  if (schedule.some((choice) => / (fails|late|killed)$/.test(choice))) return []
  const { records, tables, now } = world.rest
  return [...records.kept].flatMap(([id, { auth, expiresAt }]) => {
    const row = tables.session.get(id)
    if (auth === null || expiresAt <= now || !row || row['endedAt'] !== null) return []
    return Number(row['expiresAt']) === expiresAt
      ? []
      : [`The row of ${nameOf(aftermath, id)} does not expire when its record does.`]
  })
}
