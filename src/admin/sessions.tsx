import type { ComponentChildren, VNode } from 'preact'
import { cursorOf, parseCursor } from '../auth/lists/cursor.ts'
import { endPicked } from './end-picked.tsx'
import { endEvery } from './end-sessions.tsx'
import { FilterForm } from './filter-form.tsx'
import { linkTo } from './links.ts'
import { MeantUsers, meantBy } from './meant-users.tsx'
import { Choice, Empty, Field } from './parts.tsx'
import { goToEvery, goToPicked, lookAgain } from './review-ends.tsx'
import { ages, filterOf, idles, kinds, readQuery, statuses, whyNone } from './session-query.ts'
import type { SessionQuery } from './session-query.ts'
import { SessionRows } from './session-rows.tsx'
import { SpanFields } from './span-fields.tsx'
import { Older } from './older.tsx'
import type { Page, View, Visit } from './visit.ts'

/** The list of sessions, by a filter, and the end of many. */
export const sessionsPage: Page = {
  show,
  again: lookAgain,
  acts: {
    'review-picked': goToPicked,
    'end-picked': endPicked,
    'review-every': goToEvery,
    'end-every': endEvery,
  },
}

const pageSize = 50

const none = { rows: [], next: null, isCut: false }

async function show({
  desk,
  caller,
  params,
}: Visit<'sessions' | 'users' | 'recordsAreRows' | 'now'>): Promise<View> {
  const query = readQuery(params)
  const now = desk.now()
  const unmatchable = whyNone(query, now)
  const after = parseCursor('sessions', params.get('after') ?? '')
  const found = unmatchable
    ? none
    : await desk.sessions.search(filterOf(query, now), after, pageSize)
  const { rows, next, isCut } = found
  const isUnknown =
    rows.length === 0 &&
    query.user !== '' &&
    (await desk.users.find({ username: query.user })) === null
  const meant = isUnknown ? await meantBy(desk, query.user) : null
  const own = await caller.session.id()
  const here = linkTo('sessions', query)
  const canEnd = query.status === 'ACTIVE' || query.status === 'ANY' // the others are over
  return {
    title: 'Sessions',
    isRefused: unmatchable !== null,
    body: (
      <>
        <Filter query={query} wrong={unmatchable?.field ?? null} />
        {rows.length === 0 ? (
          <NoSessions
            reason={unmatchable ?? reasonOf(query, { isCut, meant })}
            recordsAreRows={desk.recordsAreRows}
          />
        ) : (
          <form method="post" action={here}>
            <div class="list">
              <SessionRows rows={rows} now={now} own={own} canPick={canEnd} caption="Sessions" />
            </div>
            {canEnd && (
              <div class="below">
                <label class="check" hidden={true}>
                  <input type="checkbox" data-all="id" /> All on this page
                </label>
                <output data-picked="id" />
                <button name="do" value="review-picked" class="danger">
                  End the picked…
                </button>
                <button name="do" value="review-every" class="danger">
                  End all that match…
                </button>
              </div>
            )}
          </form>
        )}
        <Older
          next={next && linkTo('sessions', { ...query, after: cursorOf('sessions', next) })}
          first={params.has('after') ? here : null}
          isCut={isCut}
          since={next?.at ?? null}
        />
      </>
    ),
  }
}

/** `wrong`: the field that no session can match. */
function Filter({ query, wrong }: { query: SessionQuery; wrong: string | null }): VNode {
  return (
    <FilterForm page="sessions" query={query} usual={readQuery(new URLSearchParams())}>
      <Field name="user" label="Whole username" value={query.user} />
      <Field
        name="address"
        label="Whole address"
        value={query.address}
        saidBy={wrong === 'address' ? 'why-none' : undefined}
        isWrong={wrong === 'address'}
      />
      <Field name="browser" label="Browser contains" value={query.browser} />
      <Choice name="status" label="Status" value={query.status} options={statuses} wrong={wrong} />
      <Choice name="kind" label="Whose" value={query.kind} options={kinds} wrong={wrong} />
      <Choice name="age" label="Began" value={query.age} options={ages} wrong={wrong} />
      <SpanFields query={query} wrong={wrong} began="Began " />
      <Choice name="idle" label="Last seen" value={query.idle} options={idles} wrong={wrong} />
    </FilterForm>
  )
}

/** What to change in a filter that finds nothing, by the status that it asks for. */
const advice: Readonly<Record<string, string>> = {
  ACTIVE: 'Take a field out of the filter, or ask for any status to see those that are over.',
  ANY: 'Take a field out of the filter.',
}

/** Why a list is empty, and what to do. */
interface Reason {
  readonly why: string
  readonly advice: ComponentChildren
}

/** The same where a session could have matched. `meant`: who may be meant by a name that no user has. */
function reasonOf(
  query: SessionQuery,
  { isCut, meant }: { isCut: boolean; meant: readonly string[] | null },
): Reason {
  const { status, user: typed } = query
  if (isCut)
    return { why: 'None of those that were looked at matches.', advice: 'Look further below.' }
  const usual = 'Take a field out of the filter, or ask for any status.'
  if (meant === null) return { why: 'No session matches.', advice: advice[status] ?? usual }
  const who = { names: meant, typed, page: 'sessions', query } as const
  return { why: 'There is no user of this name.', advice: <MeantUsers {...who} /> }
}

function NoSessions(props: { reason: Reason; recordsAreRows: boolean }): VNode {
  const { reason, recordsAreRows } = props
  return (
    <Empty>
      <p id="why-none">{reason.why}</p>
      <p>{reason.advice}</p>
      {!recordsAreRows && <p>With this engine, only sessions of users who signed in are listed.</p>}
    </Empty>
  )
}
