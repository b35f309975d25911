import { NotFound } from '../refusals.ts'
import { parseId } from '../session/key.ts'
import type { ListedSession } from '../auth/sessions/session-list.ts'
import { ConfirmEnd, nothingToEnd, sessionsOf, theyLose } from './confirm-end.tsx'
import { linkTo } from './links.ts'
import { Irreversible } from './parts.tsx'
import { readQuery } from './session-query.ts'
import { SessionRows } from './session-rows.tsx'
import type { GoTo, View, Visit } from './visit.ts'

/** How many sessions are ended at the most. No page of the list has so many boxes. */
const mostPicked = 100

/** Shows the picked sessions once more, before any of them ends. */
export async function reviewPicked(visit: Visit<'sessions' | 'now'>): Promise<View> {
  const { desk, caller, params } = visit
  const ids = pickedIn((params.get('pick') ?? '').split('.'))
  const found = await Promise.all(ids.map((id) => desk.sessions.find(id)))
  const rows = found.filter((row): row is ListedSession => row !== null && row.endedAt === null)
  const own = await caller.session.id()
  if (rows.length === 0)
    return nothingToEnd('None of the sessions that were picked is active. Pick some first.', visit)
  return {
    title: rows.length === 1 ? 'End this session?' : `End these ${sessionsOf(rows.length)}?`,
    body: (
      <>
        <div class="list">
          <SessionRows rows={rows} now={desk.now()} own={own} caption="Sessions that would end" />
        </div>
        <ConfirmEnd visit={visit} act="end-picked" button={`End ${sessionsOf(rows.length)}`}>
          {rows.map(({ id }) => (
            <input key={id} type="hidden" name="id" value={id} />
          ))}
          <Irreversible>
            {rows.some(({ id }) => id === own) && 'Your own session is among them. '}
            {theyLose}
          </Irreversible>
        </ConfirmEnd>
      </>
    ),
  }
}

/** Ends the picked sessions, the visitor's own last, and says how many were alive. */
export async function endPicked(
  { desk, caller, params }: Visit<'sessions'>,
  form: URLSearchParams,
): Promise<GoTo> {
  const own = await caller.session.id()
  const ids = pickedIn(form.getAll('id'))
  let count = 0
  for (const id of [...ids.filter((id) => id !== own), ...ids.filter((id) => id === own)]) {
    try {
      await desk.sessions.revokeFor(caller, id)
      count += 1
    } catch (error) {
      if (!(error instanceof NotFound)) throw error // it was over by itself
    }
  }
  return { to: linkTo('sessions', { ...readQuery(params), done: 'sessions-ended', n: count }) }
}

/** The ids among these texts, each once. */
export function pickedIn(texts: readonly string[]) {
  const ids = texts.slice(0, mostPicked).map(parseId)
  return [...new Set(ids)].filter((id) => id !== null)
}
