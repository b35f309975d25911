import type { ComponentChildren, VNode } from 'preact'
import { actedBy } from '../auth/logins/caller.ts'
import { mostCounted } from '../auth/sessions/revocation.ts'
import type { SessionFilter } from '../auth/sessions/session-filter.ts'
import type { ListedSession } from '../auth/sessions/session-list.ts'
import { NotFound } from '../refusals.ts'
import { parseId } from '../session/key.ts'
import { linkTo } from './links.ts'
import { Empty, Irreversible } from './parts.tsx'
import { queryInWords } from './query-words.tsx'
import { filterOf, readQuery, whyNone } from './session-query.ts'
import type { SessionQuery } from './session-query.ts'
import { SessionRows } from './session-rows.tsx'
import { Time } from './times.tsx'
import type { GoTo, View, Visit } from './visit.ts'
import { countAll, Whose } from './whose.tsx'

const theyLose =
  'At their next request these visitors lose what their sessions hold. Those who are signed in are signed out.'

/** No page has more boxes. */
const mostPicked = 100

/** Shows the picked sessions once more, before any of them ends. */
export async function reviewPicked(visit: Visit, form: URLSearchParams): Promise<View> {
  const { app, caller } = visit
  const found = await Promise.all(pickedIn(form).map((id) => app.sessions.find(id)))
  const rows = found.filter((row): row is ListedSession => row !== null && row.endedAt === null)
  const own = await caller.session.id()
  if (rows.length === 0)
    return nothingToEnd('None of the sessions that were picked is active. Pick some first.', visit)
  return {
    title: rows.length === 1 ? 'End this session?' : `End these ${rows.length} sessions?`,
    body: (
      <>
        <div class="list">
          <SessionRows rows={rows} now={app.now()} own={own} caption="Sessions that would end" />
        </div>
        <Confirm visit={visit} act="end-picked" button={`End ${countOf(rows.length)}`}>
          {rows.map(({ id }) => (
            <input key={id} type="hidden" name="id" value={id} />
          ))}
          <Irreversible>
            {rows.some(({ id }) => id === own) && 'Your own session is among them. '}
            {theyLose}
          </Irreversible>
        </Confirm>
      </>
    ),
  }
}

/** Ends the picked sessions, the visitor's own last, and says how many were alive. */
export async function endPicked(
  { app, caller, params }: Visit,
  form: URLSearchParams,
): Promise<GoTo> {
  const own = await caller.session.id()
  const ids = pickedIn(form)
  let count = 0
  for (const id of [...ids.filter((id) => id !== own), ...ids.filter((id) => id === own)]) {
    try {
      await app.sessions.revokeFor(caller, id)
      count += 1
    } catch (error) {
      if (!(error instanceof NotFound)) throw error // it was over by itself
    }
  }
  return { to: linkTo('sessions', { ...readQuery(params), done: 'sessions-ended', n: count }) }
}

/** Counts all that the filter matches, and says whose they are. Nothing ends. */
export async function reviewEvery(visit: Visit): Promise<View> {
  const { app, caller, params } = visit
  const query = readQuery(params)
  const unmatchable = whyNone(query)
  if (unmatchable) return nothingToEnd(`${unmatchable.why} ${unmatchable.advice}`, visit)
  const now = app.now()
  const filter = endingFilter(query, now)
  const by = await actedBy(caller)
  const [{ matchedCount, countedSince, isComplete }, whose] = await Promise.all([
    app.sessions.revokeAll(filter, by, { isDryRun: true }),
    app.sessions.whose(filter, by.sessionId),
  ])
  if (isComplete)
    return nothingToEnd('No active session matches. Your own does not count here.', visit)
  const words = queryInWords(query)
  const many = countOf(matchedCount, countedSince)
  return {
    title: `End ${many}?`,
    body: (
      <>
        <section class="panel">
          <p>
            {words === null ? (
              'These are all active sessions of this server but your own.'
            ) : (
              <>These are the active sessions {words}. Your own stays.</>
            )}{' '}
            A session that began after <Time at={new Date(now)} /> does not end.
          </p>
          {countedSince && (
            <p>
              They are counted back to <Time at={countedSince} />. Older ones that match end too.
            </p>
          )}
          {whose.length > 0 && (
            <Whose whose={whose} isPart={countedSince !== null || matchedCount > countAll(whose)} />
          )}
        </section>
        <Confirm visit={visit} act="end-every" button={`End ${many}`}>
          <input type="hidden" name="at" value={now} />
          <Irreversible>{theyLose}</Irreversible>
          <p>
            <label class="check">
              <input type="checkbox" name="sure" value="yes" required={true} />
              Yes, end {many}
            </label>
          </p>
        </Confirm>
      </>
    ),
  }
}

/** Ends all that the filter matches and that began before the dry run. */
export async function endEvery(visit: Visit, form: URLSearchParams): Promise<View | GoTo> {
  const { app, caller, params } = visit
  const at = Number(/^\d{13}$/.exec(form.get('at') ?? '')?.[0] ?? Number.NaN)
  if (form.get('sure') !== 'yes' || !(at <= app.now())) return reviewEvery(visit)
  const query = readQuery(params)
  const by = await actedBy(caller)
  const { revokedCount, isComplete } = await app.sessions.revokeAll(endingFilter(query, at), by)
  const done = isComplete ? 'sessions-ended' : 'sessions-left'
  return { to: linkTo('sessions', { ...query, done, n: revokedCount }) }
}

/** What is alive, by the filter, and began before `at`: what the dry run counted, and nothing that came since. */
function endingFilter(query: SessionQuery, at: number): SessionFilter {
  const filter = filterOf({ ...query, status: 'ACTIVE' }, at)
  return { createdBefore: new Date(at), ...filter }
}

function pickedIn(form: URLSearchParams) {
  const ids = form.getAll('id').slice(0, mostPicked).map(parseId)
  return [...new Set(ids)].filter((id) => id !== null)
}

/** `countedSince`: where the count stopped, if it did. */
function countOf(count: number, countedSince: Date | null = null): string {
  if (countedSince === null) return count === 1 ? '1 session' : `${count} sessions`
  if (count === 0) return 'all that match'
  const bound = count < mostCounted ? 'at least' : 'more than'
  return `${bound} ${countOf(count).replace(String(count), count.toLocaleString('en'))}`
}

function Confirm({
  visit: { params },
  act,
  button,
  children,
}: {
  visit: Visit
  act: string
  button: string
  children: ComponentChildren
}): VNode {
  const here = linkTo('sessions', readQuery(params))
  return (
    <form method="post" action={here} class="panel">
      {children}
      <p class="actions">
        <button name="do" value={act} class="danger">
          {button}
        </button>
        <a href={here}>Keep them</a>
      </p>
    </form>
  )
}

function nothingToEnd(sentence: string, { params }: Visit): View {
  return {
    title: 'Nothing to end',
    body: (
      <Empty>
        <p>{sentence}</p>
        <p>
          <a href={linkTo('sessions', readQuery(params))}>Back to the list</a>
        </p>
      </Empty>
    ),
  }
}
