import type { VNode } from 'preact'
import { actedBy } from '../auth/logins/caller.ts'
import { mostCounted } from '../auth/sessions/selection.ts'
import type { SessionFilter } from '../auth/sessions/session-filter.ts'
import { ConfirmEnd, nothingToEnd, sessionsOf, theyLose } from './confirm-end.tsx'
import { linkTo } from './links.ts'
import { figure } from '../numbers.ts'
import { Irreversible } from './parts.tsx'
import { queryInWords } from './query-words.tsx'
import { filterOf, readQuery, whyNone } from './session-query.ts'
import type { SessionQuery } from './session-query.ts'
import { earlier } from './time-span.tsx'
import { Time } from './times.tsx'
import type { GoTo, View, Visit } from './visit.ts'
import { OwnersList } from './owners-list.tsx'

/** How many sessions are counted at first: a server with a million is as quick as a small one. Staff may count on. */
const enough = 1_000

/** Counts what the filter matches, and says whose they are. Nothing ends. */
export function reviewEvery(visit: Visit<'sessions' | 'now'>): Promise<View> {
  return review(visit, enough)
}

/** The same, and counts further. */
export function countEvery(visit: Visit<'sessions' | 'now'>): Promise<View> {
  return review(visit, mostCounted)
}

async function review(visit: Visit<'sessions' | 'now'>, enough: number): Promise<View> {
  const { desk, caller, params } = visit
  const query = readQuery(params)
  const now = desk.now()
  const unmatchable = whyNone(query, now)
  if (unmatchable) {
    const { why, advice } = unmatchable
    return nothingToEnd([why, ' ', advice], visit)
  }
  const { sessionId: own } = await actedBy(caller)
  const {
    count: found,
    isMore,
    owners,
  } = await desk.sessions.preview(endingFilter(query, now), {
    own,
    enough,
  })
  if (found === 0 && !isMore)
    return nothingToEnd('No active session matches. Your own does not count here.', visit)
  const words = queryInWords(query)
  const many = sessionsOf(found, isMore)
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
          {isMore && <Uncounted visit={visit} canCount={found >= enough && enough < mostCounted} />}
          <OwnersList owners={owners} isPart={isMore || found > owners.count} />
        </section>
        <ConfirmEnd visit={visit} act="end-every" button={`End ${many}`}>
          <input type="hidden" name="at" value={now} />
          <Irreversible>{theyLose}</Irreversible>
          <p>
            <label class="check">
              <input type="checkbox" name="sure" value="yes" required={true} />
              Yes, end {many}
            </label>
          </p>
        </ConfirmEnd>
      </>
    ),
  }
}

/** Says that more may end than were counted. `canCount`: a longer count may tell. */
function Uncounted({ visit: { params }, canCount }: { visit: Visit; canCount: boolean }): VNode {
  return (
    <>
      <p>Not all were counted. All that match end, however many they are.</p>
      {canCount && (
        <p class="actions spaced">
          <a href={linkTo('end-sessions', { ...readQuery(params), count: 'more' })} class="button">
            Count to {figure(mostCounted)}
          </a>
        </p>
      )}
    </>
  )
}

/** Ends all that the filter matches and that began before the dry run; where it is not sure, it leads to the dry run. */
export async function endEvery(
  { desk, caller, params }: Visit<'sessions' | 'now'>,
  form: URLSearchParams,
): Promise<GoTo> {
  const at = Number(/^\d{13}$/.exec(form.get('at') ?? '')?.[0] ?? Number.NaN)
  const query = readQuery(params)
  if (form.get('sure') !== 'yes' || !(at <= desk.now()) || whyNone(query, at))
    return { to: linkTo('end-sessions', query) }
  const by = await actedBy(caller)
  const { revokedCount, isComplete } = await desk.sessions.revokeAll(endingFilter(query, at), by)
  const done = isComplete ? 'sessions-ended' : 'sessions-left'
  return { to: linkTo('sessions', { ...query, done, n: revokedCount }) }
}

/** What is alive, by the filter, and began before `at`: what the dry run counted, and nothing that came since. */
function endingFilter(query: SessionQuery, at: number): SessionFilter {
  const filter = filterOf({ ...query, status: 'ACTIVE' }, at)
  return { ...filter, createdBefore: earlier(filter.createdBefore ?? null, new Date(at)) }
}
